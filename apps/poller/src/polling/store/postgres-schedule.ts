import { ToldChanges, type Known, type ToldChange } from '#instances'
import type { Pool } from 'pg'
import type { Claim, Claimed, DueResource, Saved, Schedule, Settled } from '../claims.js'
import type { Checkpoint, Counts } from '../core/progress.js'
import type { Settlement } from '../core/settle.js'
import { stateOf, storedState, type StoredState } from './stored-state.js'
import * as statements from './statements.js'

interface BegunRow {
  instanceId: number
  epoch: string
  /** Null, as all that follows: nothing of the instance is due. */
  resource: string | null
  runId: string
  sinceMs: string
  watermarkMs: string
  state: StoredState
  checkpoint: Checkpoint
  failures: number
  intervalMs: number
  readUntil: number
  startedAt: number
  startedAgoMs: number
}

interface SavedRow {
  held: number
  saved: number
  left?: boolean | null
}

type Hashes = readonly (readonly [id: string, hash: string])[]

const runsForgottenAtOnce = 5_000
const lookAtAllEveryMs = 10_000
/** What is due since the beginning of somebody's transaction is to be seen when that one has ended. */
const commitsWithinMs = 10_000

/** The schedule in PostgreSQL. Due times and leases go by the database's clock. */
export class PostgresSchedule implements Schedule {
  /** Where claims begin to look, by the database's clock; null: at the beginning. */
  #lookSince: number | null = null
  #lookedAt = 0

  constructor(
    private readonly pool: Pool,
    private readonly owner: string,
    private readonly leaseMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  async claimDue(limit: number): Promise<Claimed[]> {
    const { rows } = await this.pool.query<BegunRow & { firstDueMs: number }>({
      ...statements.claimDue,
      values: [limit, this.owner, this.leaseMs, this.firstCheckpoint(), this.lookSince()],
    })
    if (rows[0]) this.#lookSince = rows[0].firstDueMs - commitsWithinMs
    const claims = new Map<number, Claim & { due: DueResource[] }>()
    for (const row of rows) {
      const { instanceId, epoch } = row
      const claim = claims.get(instanceId) ?? { instanceId, epoch, due: [] }
      claims.set(instanceId, claim)
      claim.due.push(...begun([row]))
    }
    return [...claims.values()]
  }

  async keep(claims: readonly Claim[]): Promise<Set<number>> {
    const { rows } = await this.pool.query<{ instanceId: number }>({
      ...statements.keep,
      values: [claims.map(({ instanceId }) => instanceId), claims.map(({ epoch }) => epoch), this.leaseMs],
    })
    return new Set(rows.map(({ instanceId }) => instanceId))
  }

  async begin({ instanceId, epoch }: Claim): Promise<DueResource[]> {
    const { rows } = await this.pool.query<BegunRow>({
      ...statements.begin,
      values: [instanceId, epoch, this.leaseMs, this.firstCheckpoint()],
    })
    return begun(rows)
  }

  async hashes({ instanceId }: Claim, resource: string): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ id: string; hash: string }>({
      ...statements.hashes,
      values: [instanceId, resource],
    })
    return new Map(rows.map(({ id, hash }) => [id, hash]))
  }

  told(changes: readonly ToldChange[]): Promise<readonly Known[]> {
    return new ToldChanges(this.pool).look(changes)
  }

  async checkpoint(
    claim: Claim,
    due: Pick<DueResource, 'resource' | 'runId'>,
    checkpoint: Checkpoint | null,
    counts: Counts,
    hashes: Hashes,
  ): Promise<Saved> {
    return savedOf(await this.save(statements.checkpoint, this.parameters(claim, due, checkpoint, counts, hashes)))
  }

  async settle(
    claim: Claim,
    due: Pick<DueResource, 'resource' | 'runId'>,
    settlement: Settlement,
    leaveForMs: number | null,
  ): Promise<Settled> {
    const { outcome, state, checkpoint, waitMs, failures, paused, error, counts, hashes, gone } = settlement
    const row = await this.save(statements.settle, [
      ...this.parameters(claim, due, checkpoint, counts, hashes),
      gone,
      state?.changes.watermark ?? null,
      state ? JSON.stringify(storedState(state)) : null,
      Math.ceil(waitMs),
      failures,
      paused,
      error,
      outcome === 'waiting',
      outcome === 'waiting' ? 'running' : outcome,
      leaveForMs && Math.ceil(leaveForMs),
    ])
    return row.left ? 'left' : savedOf(row)
  }

  async release({ instanceId, epoch }: Claim, restMs: number): Promise<void> {
    const client = await this.pool.connect()
    let broken = false
    try {
      // Two statements: the second one has to see what was asked for while the first one waited for the row.
      await client.query('begin')
      const held = await client.query<{ runId: string | null }>({ ...statements.hold, values: [instanceId, epoch] })
      const before = held.rows[0]
      if (before) {
        const letGo = await client.query<{ runId: string | null }>({
          ...statements.letGo,
          values: [instanceId, Math.ceil(restMs)],
        })
        if (before.runId && !letGo.rows[0]?.runId) {
          await client.query({ ...statements.endRun, values: [before.runId] })
        }
      }
      await client.query('commit')
    } catch (error) {
      broken = true
      throw error
    } finally {
      client.release(broken)
    }
  }

  async retire({ instanceId, epoch }: Claim): Promise<void> {
    await this.pool.query({ ...statements.retire, values: [instanceId, epoch] })
  }

  async forgetRuns(olderThanMs: number): Promise<void> {
    for (;;) {
      const { rowCount } = await this.pool.query({
        ...statements.forgetRuns,
        values: [olderThanMs, runsForgottenAtOnce],
      })
      if ((rowCount ?? 0) < runsForgottenAtOnce) return
    }
  }

  private parameters(
    { instanceId, epoch }: Claim,
    { resource, runId }: Pick<DueResource, 'resource' | 'runId'>,
    checkpoint: Checkpoint | null,
    { pages, records, events }: Counts,
    hashes: Hashes,
  ): unknown[] {
    return [
      ...[instanceId, epoch, this.leaseMs, resource, runId],
      checkpoint && JSON.stringify(checkpoint),
      ...[pages, records, events],
      hashes.map(([id]) => id),
      hashes.map(([, hash]) => hash),
    ]
  }

  /**
   * What polls leave behind of past due times stands before all that is due now, until it is vacuumed, which a backup of
   * hours puts off by hours. So claims begin where the last one did, and look at all of it only now and then.
   */
  private lookSince(): number | null {
    const now = performance.now()
    if (this.#lookSince !== null && now - this.#lookedAt < lookAtAllEveryMs) return this.#lookSince
    this.#lookedAt = now
    return null
  }

  private firstCheckpoint(): string {
    const first: Checkpoint = { start: this.now() }
    return JSON.stringify(first)
  }

  private async save(statement: { name: string; text: string }, values: unknown[]): Promise<SavedRow> {
    const { rows } = await this.pool.query<SavedRow>({ ...statement, values })
    return rows[0]!
  }
}

function savedOf({ held, saved }: SavedRow): Saved {
  if (!held) return 'lost'
  return saved ? 'saved' : 'gone'
}

function begun(rows: readonly BegunRow[]): DueResource[] {
  return rows.flatMap(
    ({
      resource,
      runId,
      sinceMs,
      watermarkMs,
      state,
      checkpoint,
      failures,
      intervalMs,
      readUntil,
      startedAt,
      startedAgoMs,
    }) =>
      resource === null
        ? []
        : [
            {
              ...{ resource, runId, checkpoint, failures, intervalMs, readUntil, startedAt, startedAgoMs },
              state: stateOf(Number(sinceMs), Number(watermarkMs), state),
            },
          ],
  )
}
