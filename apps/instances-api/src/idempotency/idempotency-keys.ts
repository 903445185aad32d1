import { POOL } from '#database'
import { Vault } from '#vault'
import { Inject, Injectable } from '@nestjs/common'
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { EntityManager } from 'typeorm'
import type { Claim } from './claim.js'
import type { KeyedRequest } from './keyed-request.js'

/** An answer as it is given again. */
export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export type Claiming =
  | { kind: 'claimed'; claim: Claim }
  | { kind: 'answered'; answer: KeptAnswer }
  /** The first request with this key is at work. */
  | { kind: 'under-way' }
  /** The key is another request's. */
  | { kind: 'reused' }

/** Long enough for a renewal that fails once; a process that dies blocks a key no longer. */
const leaseSeconds = 30
/** How often a claim is renewed while its request is at work. */
export const renewEveryMs = 10_000

// Another request's key can't be taken over, whatever became of that request: what it did is unknown.
const claimSql = `
  insert into idempotency_key as k (account_id, key, request_hash, claim_id, leased_until)
  values ($1, $2, $3, $4, now() + make_interval(secs => ${leaseSeconds}))
  on conflict (account_id, key) do update
  set request_hash = excluded.request_hash, claim_id = excluded.claim_id, leased_until = excluded.leased_until,
      answer = null,
      created_at = case when k.created_at <= now() - interval '24 hours' then now() else k.created_at end,
      instance_id = case when k.created_at <= now() - interval '24 hours' then null else k.instance_id end
  where k.leased_until <= now()
    and (k.created_at <= now() - interval '24 hours' or k.answer is null and k.request_hash = excluded.request_hash)
  returning k.instance_id as "instanceId"`

const mine = 'account_id = $1 and key = $2 and claim_id = $3'

/** The keys that requests came with in the last 24 hours, each an account's own. One request at a time holds a key. */
@Injectable()
export class IdempotencyKeys {
  constructor(
    @Inject(POOL) private readonly pool: Pool,
    private readonly vault: Vault,
  ) {}

  async claim({ accountId, key, hash }: KeyedRequest): Promise<Claiming> {
    for (;;) {
      const id = randomUUID()
      const { rows } = await this.pool.query<{ instanceId: number | null }>({
        name: 'idempotency_claim',
        text: claimSql,
        values: [accountId, key, hash, id],
      })
      const [claimed] = rows
      if (claimed) return { kind: 'claimed', claim: { accountId, key, id, madeInstanceId: claimed.instanceId } }
      const found = await this.find(accountId, key)
      // Given up in between: then it's free.
      if (!found) continue
      if (!found.hash.equals(hash)) return { kind: 'reused' }
      return found.answer
        ? { kind: 'answered', answer: this.open(accountId, key, found.answer) }
        : { kind: 'under-way' }
    }
  }

  /** For as long as the request is at work. */
  async renew({ accountId, key, id }: Claim): Promise<void> {
    await this.pool.query(
      `update idempotency_key set leased_until = now() + make_interval(secs => ${leaseSeconds})
       where ${mine} and answer is null`,
      [accountId, key, id],
    )
  }

  /** Notes, in the transaction that makes it, which instance the request made. False: the claim was lost. */
  async hold({ accountId, key, id }: Claim, instanceId: number, manager: EntityManager): Promise<boolean> {
    const [, count] = await manager.query<[unknown, number]>(
      `update idempotency_key set instance_id = $4 where ${mine} and answer is null`,
      [accountId, key, id, instanceId],
    )
    return count === 1
  }

  /** Keeps the answer for whoever asks again. */
  async settle({ accountId, key, id }: Claim, answer: KeptAnswer): Promise<void> {
    const sealed = this.vault.seal(JSON.stringify(answer), context(accountId, key))
    await this.pool.query(`update idempotency_key set answer = $4, leased_until = now() where ${mine}`, [
      ...[accountId, key, id],
      sealed,
    ])
  }

  /** Frees the key, as if it had never come; where an instance was made all the same, the next one with it finds that. */
  async release({ accountId, key, id }: Claim): Promise<void> {
    await this.pool.query(
      `with freed as (delete from idempotency_key where ${mine} and instance_id is null)
       update idempotency_key set leased_until = now() where ${mine} and instance_id is not null`,
      [accountId, key, id],
    )
  }

  /** Removes up to `limit` that are past their time. @returns how many */
  async forget(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from idempotency_key where (account_id, key) in (
         select account_id, key from idempotency_key
         where created_at <= now() - interval '24 hours' and leased_until <= now()
         order by created_at limit $1 for update skip locked)`,
      [limit],
    )
    return rowCount ?? 0
  }

  private async find(accountId: number, key: string): Promise<{ hash: Buffer; answer: Buffer | null } | undefined> {
    const { rows } = await this.pool.query<{ hash: Buffer; answer: Buffer | null }>(
      `select request_hash as hash, answer from idempotency_key where account_id = $1 and key = $2`,
      [accountId, key],
    )
    return rows[0]
  }

  private open(accountId: number, key: string, sealed: Buffer): KeptAnswer {
    return JSON.parse(this.vault.open(sealed, context(accountId, key))) as KeptAnswer
  }
}

/** Binds a sealed answer to its row. */
function context(accountId: number, key: string): string {
  return `idempotency:${accountId}:${key}`
}
