import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Instances1700000000001 implements MigrationInterface {
  readonly name = 'Instances1700000000001'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }
}
