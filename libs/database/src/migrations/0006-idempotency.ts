import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Requests that came with an Idempotency-Key, and what they were answered: for a day. */
export class Idempotency1700000000006 implements MigrationInterface {
  readonly name = 'Idempotency1700000000006'

  async up(runner: QueryRunner): Promise<void> {
    // An account is of one company, so a key belongs to both. `answer` is sealed: an instance's token may be in it.
    await runner.query(`
      create table idempotency_key (
        account_id integer not null,
        key text collate "C" not null,
        request_hash bytea not null,
        claim_id uuid not null,
        leased_until timestamptz not null,
        instance_id integer,
        answer bytea,
        created_at timestamptz not null default now(),
        primary key (account_id, key)
      )`)
    await runner.query(`create index idempotency_key_age on idempotency_key (created_at)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table idempotency_key`)
  }
}
