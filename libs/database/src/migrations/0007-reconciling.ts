import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Which changes were told, of instances whose webhooks have a poller beside them. */
export class Reconciling1700000000007 implements MigrationInterface {
  readonly name = 'Reconciling1700000000007'

  async up(runner: QueryRunner): Promise<void> {
    // object: a hash of its type and id. changed_at: the second of the vendor's own date, since 1970. polled: a poll told
    // it, else a webhook. day: of storing, by which rows are forgotten.
    await runner.query(`
      create table told_change (
        instance_id integer not null,
        object bigint not null,
        polled boolean not null,
        changed_at bigint not null,
        deleted boolean not null,
        day date not null,
        primary key (instance_id, object, polled, changed_at, deleted)
      )`)
    await runner.query(`create index told_change_day on told_change using brin (day)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table told_change`)
  }
}
