import type { MigrationInterface, QueryRunner } from 'typeorm'

export class EventLog1700000000002 implements MigrationInterface {
  readonly name = 'EventLog1700000000002'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }
}
