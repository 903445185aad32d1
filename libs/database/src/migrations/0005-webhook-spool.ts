import type { MigrationInterface, QueryRunner } from 'typeorm'

export class WebhookSpool1700000000005 implements MigrationInterface {
  readonly name = 'WebhookSpool1700000000005'

  async up(runner: QueryRunner): Promise<void> {
    // Keys and headers hold what vendors call their objects, NUL characters included: text and jsonb would refuse those.
    await runner.query(`
      create table webhook_spool (
        id bigint generated always as identity primary key,
        topic text not null,
        key bytea not null,
        value text not null,
        headers bytea not null,
        spooled_at timestamptz not null default now(),
        refused_at timestamptz,
        error text
      ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)`)
    // By hash: a key may be longer than what a B-tree takes.
    await runner.query(`create index webhook_spool_key on webhook_spool using hash (key) where refused_at is null`)
    await runner.query(`create index webhook_spool_waiting on webhook_spool (id) where refused_at is null`)
    await runner.query(`create index webhook_spool_refused on webhook_spool (refused_at) where refused_at is not null`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table webhook_spool`)
  }
}
