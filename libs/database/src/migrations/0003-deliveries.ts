import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Deliveries1700000000003 implements MigrationInterface {
  readonly name = 'Deliveries1700000000003'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }
}
