import type { Pool } from 'pg'

/** What became of wanting to renew an instance's tokens. `cutOff`: whoever tried before never said what came of it. */
export type Claimed =
  | { kind: 'claimed'; cutOff: boolean }
  /** Someone else is at it. */
  | { kind: 'busy' }
  /** The vendor refused this very refresh token a moment ago. */
  | { kind: 'refused'; why: string }

/** 1 instance, 2 renewal, 3 lease ms, 4 hash of the refresh token, 5 for how many ms a refusal isn't asked for again. */
const claim = {
  name: 'token_renewal_claim',
  text: `
    with before as (
      select renewal_id is not null as cut_off,
             case when refused_hash = $4 and refused_at > now() - $5 * interval '1 ms' then refused_why end as refused
      from token_renewal where instance_id = $1
    ), claimed as (
      insert into token_renewal as t (instance_id, renewal_id, leased_until)
      values ($1, $2, now() + $3 * interval '1 ms')
      on conflict (instance_id) do update set renewal_id = excluded.renewal_id, leased_until = excluded.leased_until
      where (t.renewal_id is null or t.leased_until <= now())
        and not coalesce(t.refused_hash = $4 and t.refused_at > now() - $5 * interval '1 ms', false)
      returning 1
    )
    select exists (select from claimed) as claimed, (select refused from before) as refused,
           coalesce((select cut_off from before), false) as "cutOff"`,
}

/** 1 instance, 2 renewal. */
const release = {
  name: 'token_renewal_release',
  text: `
    update token_renewal set renewal_id = null, refused_hash = null, refused_at = null, refused_why = null
    where instance_id = $1 and renewal_id = $2`,
}

/** 1 instance, 2 renewal, 3 hash of the refresh token, 4 the vendor's words. */
const refuse = {
  name: 'token_renewal_refuse',
  text: `
    update token_renewal set renewal_id = null, refused_hash = $3, refused_at = now(), refused_why = $4
    where instance_id = $1 and renewal_id = $2`,
}

interface ClaimRow {
  claimed: boolean
  refused: string | null
  cutOff: boolean
}

/** Who renews whose tokens: a lock in a row, held by a lease, so that no transaction is open while the vendor thinks. */
export class RenewalTable {
  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly leaseMs: number,
    private readonly refusedForMs: number,
  ) {}

  async claim(instanceId: number, renewalId: string, tokenHash: Buffer): Promise<Claimed> {
    const values = [instanceId, renewalId, this.leaseMs, tokenHash, this.refusedForMs]
    const { rows } = await this.pool.query<ClaimRow>({ ...claim, values })
    const { claimed, refused, cutOff } = rows[0]!
    if (claimed) return { kind: 'claimed', cutOff }
    return refused === null ? { kind: 'busy' } : { kind: 'refused', why: refused }
  }

  async release(instanceId: number, renewalId: string): Promise<void> {
    await this.pool.query({ ...release, values: [instanceId, renewalId] })
  }

  async refuse(instanceId: number, renewalId: string, tokenHash: Buffer, why: string): Promise<void> {
    await this.pool.query({ ...refuse, values: [instanceId, renewalId, tokenHash, why] })
  }
}
