import type { MigrationInterface, QueryRunner } from 'typeorm'

export class WebhookSpool1700000000005 implements MigrationInterface {
  readonly name = 'WebhookSpool1700000000005'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table webhook_spool (
        id bigint generated always as identity primary key,
        topic text not null,
        key text not null,
        value text not null,
        headers jsonb not null,
        spooled_at timestamptz not null default now(),
        refused_at timestamptz,
        error text
      )`)
    await runner.query(`create index webhook_spool_key on webhook_spool (key) where refused_at is null`)
    await runner.query(`create index webhook_spool_waiting on webhook_spool (id) where refused_at is null`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table webhook_spool`)
  }
}
