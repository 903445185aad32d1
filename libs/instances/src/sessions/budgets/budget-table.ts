import type { Pool } from 'pg'
import * as statements from './statements.js'

/** What was granted of a window, what of it is left for others, and when it ends, in milliseconds from now. */
export interface Lease {
  leased: number
  remaining: number
  windowMs: number
}

/** How long an account has to rest, in milliseconds; null: it needn't. Polls never less than others. */
export interface Rest {
  account: string
  restMs: number | null
  pollsRestMs: number
}

/** Asked for so many requests of an account whose windows hold `requests`; of these `kept` are for others. */
export interface Ask {
  account: string
  requests: number
  windowMs: number
  wanted: number
  kept: number
}

/** What is left of an account's window, and who is to rest until it ends. */
export interface Told {
  account: string
  remaining: number
  windowMs: number
  /** By how much the ends of one window may differ. */
  slackMs: number
  rest: 'everyone' | 'polls' | 'nobody'
}

interface RestRow {
  looked: Date
  account: Buffer | null
  restMs: number | null
  pollsRestMs: number | null
}

/** The budgets of vendor accounts, as all processes share them. */
export class BudgetTable {
  #looked: Date | null = null

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  async lease({ account, requests, windowMs, wanted, kept }: Ask): Promise<Lease> {
    const values = [bytes(account), requests, windowMs, wanted, kept]
    const { rows } = await this.pool.query<Lease>({ ...statements.lease, values })
    return rows[0]!
  }

  async tell({ account, remaining, windowMs, slackMs, rest }: Told): Promise<void> {
    const values = [bytes(account), remaining, Math.ceil(windowMs), slackMs, rest === 'everyone', rest === 'polls']
    await this.pool.query({ ...statements.tell, values })
  }

  async rest(account: string, restMs: number): Promise<void> {
    await this.pool.query({ ...statements.rest, values: [bytes(account), Math.ceil(restMs)] })
  }

  /** The accounts that have to rest; after the first call those that began to since the last one. */
  async rests(): Promise<Rest[]> {
    const { rows } = await this.pool.query<RestRow>({ ...statements.rests, values: [this.#looked] })
    this.#looked = rows[0]!.looked
    return rows.flatMap(({ account, restMs, pollsRestMs }) =>
      account ? [{ account: account.toString('hex'), restMs, pollsRestMs: pollsRestMs ?? 0 }] : [],
    )
  }

  /** Forgets accounts that nobody has asked for a day. */
  async sweep(): Promise<void> {
    await this.pool.query(statements.sweep)
  }
}

function bytes(account: string): Buffer {
  return Buffer.from(account, 'hex')
}
