import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Polling1700000000004 implements MigrationInterface {
  readonly name = 'Polling1700000000004'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }
}
