import type { MigrationInterface, QueryRunner } from 'typeorm'

export class WebhookSpool1700000000005 implements MigrationInterface {
  readonly name = 'WebhookSpool1700000000005'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`select 1`)
  }
}
