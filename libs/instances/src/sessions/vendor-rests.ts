import type { Pool } from 'pg'

interface RestRow {
  restMs: number
}

const storedRest = {
  name: 'vendor_rest',
  text: `
    select (extract(epoch from not_before - now()) * 1000)::float8 as "restMs"
    from polled_instance where instance_id = $1 and not_before > now()`,
}

// Ended ones are dropped when there are this many.
const mostRemembered = 10_000

/**
 * Until when vendors want no more requests of an instance: what a poller was told, and stored, and what callers in this
 * process were told.
 */
export class VendorRests {
  private readonly told = new Map<number, number>()

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Milliseconds since 1970; null: it can be asked now. */
  async until(instanceId: number): Promise<number | null> {
    const told = this.told.get(instanceId) ?? 0
    if (told > this.now()) return told
    this.told.delete(instanceId)
    const { rows } = await this.pool.query<RestRow>({ ...storedRest, values: [instanceId] })
    return rows[0] ? this.now() + rows[0].restMs : null
  }

  /** The vendor said so: not before `retryAt`, in milliseconds since 1970. */
  tell(instanceId: number, retryAt: number): void {
    if (this.told.size >= mostRemembered) {
      const now = this.now()
      for (const [id, until] of this.told) if (until <= now) this.told.delete(id)
    }
    if (this.told.size < mostRemembered) this.told.set(instanceId, retryAt)
  }
}
