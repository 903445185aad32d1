import type { Pool } from 'pg'
import { over } from '../sql.js'
import { Subscriptions } from '../subscriptions/subscriptions.js'
import { inTransaction, numbers } from '#database'
import type { Decision } from './decide.js'

/** One attempt that has ended, and what it means for its delivery. */
export interface AttemptOutcome {
  deliveryId: string
  notificationId: string
  subscriptionId: string
  accountId: number
  instanceId: number
  laneId: string
  /** The epoch under which the lane was owned: a failure reported under an old one changes nothing. */
  epoch: number
  number: number
  startedAt: Date
  durationMs: number
  firstAttemptAt: Date
  /** Null: there was no answer. */
  status: number | null
  error: string | null
  /** The beginning of the answer's body; null where nothing is kept. */
  answer: string | null
  decision: Decision
}

interface Statement {
  name: string
  text: string
  values: unknown[]
}

const insertAttempts = `
  insert into attempt (day, notification_id, subscription_id, account_id, instance_id, number, started_at, duration_ms,
                       outcome, status, error, answer)
  select $1::date, * from unnest($2::bigint[], $3::bigint[], $4::integer[], $5::integer[], $6::smallint[],
                           $7::timestamptz[], $8::integer[], $9::text[], $10::smallint[], $11::text[], $12::text[])`

// A 2xx always wins: whoever owns the lane by now, the receiver has it.
const deliveredSql = `
  with done as (delete from delivery where id = any($13::bigint[]) returning replay_id),
  counted as (
    insert into replay_progress (replay_id, delivered)
    select replay_id, count(*) from done where replay_id is not null group by replay_id)
  ${insertAttempts}`

const failedSql = `
  with later as (
    update delivery d set attempts = f.number, state = f.state, updated_at = now(),
      due_at = now() + f.wait_ms * interval '1 ms',
      not_before = case when f.patient then now() + f.wait_ms * interval '1 ms' end,
      first_attempt_at = f.first_attempt_at, last_error = f.error
    from unnest($13::bigint[], $14::bigint[], $15::integer[], $16::smallint[], $17::text[], $18::double precision[],
                $19::boolean[], $20::timestamptz[], $21::text[])
      as f (id, lane_id, epoch, number, state, wait_ms, patient, first_attempt_at, error)
    join lane l on l.id = f.lane_id and l.epoch = f.epoch
    where d.id = f.id and d.lane_id = f.lane_id)
  ${insertAttempts}`

/** Records attempts and moves their deliveries on, a batch at a time. */
export class Outcomes {
  readonly #subscriptions: Subscriptions

  constructor(private readonly pool: Pool) {
    this.#subscriptions = new Subscriptions(pool)
  }

  /**
   * Stores all of these or none. Deliveries that arrived are removed; others get their next due time, or are queued;
   * subscriptions that are over are deactivated.
   * @returns the ids of subscriptions that were deactivated
   */
  async record(outcomes: readonly AttemptOutcome[], day: string): Promise<string[]> {
    const delivered = outcomes.filter(outcome => outcome.decision.kind === 'delivered')
    const failed = outcomes.filter(outcome => outcome.decision.kind !== 'delivered')
    if (failed.length === 0) {
      await this.pool.query(deliveredStatement(delivered, day))
      return []
    }
    return inTransaction(this.pool, async client => {
      if (delivered.length > 0) await client.query(deliveredStatement(delivered, day))
      await client.query(failedStatement(failed, day))
      const ended = failed.flatMap(({ decision, ...rest }) =>
        decision.kind === 'deactivated' ? [{ ...rest, decision }] : [],
      )
      const run = over(client)
      const ids: string[] = []
      for (const { subscriptionId, laneId, decision } of ended) {
        const which = decision.what === 'url' ? { laneIds: [laneId] } : { subscriptionIds: [subscriptionId] }
        ids.push(...(await this.#subscriptions.deactivate(which, decision.why, run)))
      }
      return ids
    })
  }

  /** Puts deliveries aside whose subscription isn't active. */
  async queue(deliveryIds: readonly string[]): Promise<void> {
    await this.pool.query(`update delivery set state = 'queued', updated_at = now() where id = any($1::bigint[])`, [
      deliveryIds,
    ])
  }

  /** Removes deliveries whose events are gone. */
  async abandon(deliveryIds: readonly string[]): Promise<void> {
    await this.pool.query(`delete from delivery where id = any($1::bigint[])`, [deliveryIds])
  }

  /**
   * A lane answers again: what waits in it becomes due now, in the order in which it was made, at the lane's own pace.
   * Each delivery is hurried twice at most, so that one the receiver refuses isn't out of attempts in no time.
   */
  async hurry(laneId: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update delivery set due_at = greatest(now(), not_before), hurried = hurried + 1
       where lane_id = $1 and state = 'due' and due_at > now() and hurried < 2 and coalesce(not_before <= now(), true)`,
      [laneId],
    )
    return rowCount ?? 0
  }
}

function deliveredStatement(outcomes: readonly AttemptOutcome[], day: string): Statement {
  return {
    name: 'outcome_delivered',
    text: deliveredSql,
    values: [...attemptValues(outcomes, day), numbers(outcomes.map(outcome => outcome.deliveryId))],
  }
}

function failedStatement(outcomes: readonly AttemptOutcome[], day: string): Statement {
  return {
    name: 'outcome_failed',
    text: failedSql,
    values: [
      ...attemptValues(outcomes, day),
      outcomes.map(outcome => outcome.deliveryId),
      outcomes.map(outcome => outcome.laneId),
      outcomes.map(outcome => outcome.epoch),
      outcomes.map(outcome => outcome.number),
      outcomes.map(({ decision }) => (decision.kind === 'retry' ? 'due' : 'queued')),
      outcomes.map(({ decision }) => (decision.kind === 'retry' ? decision.waitMs : 0)),
      outcomes.map(({ decision }) => decision.kind === 'retry' && decision.patient),
      outcomes.map(outcome => outcome.firstAttemptAt.toISOString()),
      outcomes.map(outcome => storable(outcome.error ?? `answered ${outcome.status}`)),
    ],
  }
}

function attemptValues(outcomes: readonly AttemptOutcome[], day: string): unknown[] {
  return [
    day,
    numbers(outcomes.map(outcome => outcome.notificationId)),
    numbers(outcomes.map(outcome => outcome.subscriptionId)),
    numbers(outcomes.map(outcome => outcome.accountId)),
    numbers(outcomes.map(outcome => outcome.instanceId)),
    numbers(outcomes.map(outcome => outcome.number)),
    outcomes.map(outcome => outcome.startedAt.toISOString()),
    numbers(outcomes.map(outcome => Math.round(outcome.durationMs))),
    outcomes.map(outcome => outcome.decision.kind),
    outcomes.map(outcome => outcome.status),
    outcomes.map(outcome => storable(outcome.error)),
    outcomes.map(outcome => storable(outcome.answer)),
  ]
}

/** What a stranger answers must not keep an outcome from being stored: PostgreSQL's text takes no NUL. */
function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD')
}
