import { POOL } from '#database'
import { Erasures, keysOf, type Erasure } from '#deliveries'
import { eraseRecords, SpoolTable } from '#event-log'
import { forgetPolledObject, ToldChanges } from '#instances'
import { Inject, Injectable } from '@nestjs/common'
import type { Pool } from 'pg'

/** Reports this often, which also keeps the erasure from being taken over, while nothing is found. */
const reportEveryMs = 5_000

/** Erases, in every place that records and events are kept in. Each step can be repeated after a crash. */
@Injectable()
export class Erasing {
  constructor(
    @Inject(Erasures) private readonly erasures: Erasures,
    @Inject(POOL) private readonly pool: Pool,
    private readonly spool: SpoolTable,
    private readonly told: ToldChanges,
  ) {}

  /** Carries an erasure that has begun to its end. @throws where it was stopped, or the database doesn't answer: again */
  async run(erasure: Erasure, stop: AbortSignal): Promise<void> {
    const { erasures } = this
    await erasures.list(erasure)
    // Events first: callbacks are waiting to be sent.
    while (await erasures.removeSome(erasure)) stop.throwIfAborted()
    await this.outside(erasure, stop)
    await erasures.finish(erasure)
  }

  /** What isn't an event yet, or not any more. */
  private async outside(erasure: Erasure, stop: AbortSignal): Promise<void> {
    const { erasures } = this
    const { instanceId, object, erasedAt } = erasure
    const keys = keysOf(erasure)
    const told = await this.told.forget(instanceId, object)
    const polled = object ? await forgetPolledObject(this.pool, instanceId, object.objectType, object.objectId) : 0
    await erasures.progress(erasure, {
      spooledRecords: await this.spool.erase(keys, erasedAt),
      rejectedRecords: await erasures.removeRejected(erasure),
      polledObjects: polled + told,
    })
    let logRecords = 0
    let reportedAt = Date.now()
    await eraseRecords(this.pool, { ...keys, before: erasedAt }, async removed => {
      stop.throwIfAborted()
      logRecords += removed
      if (Date.now() - reportedAt < reportEveryMs) return
      await erasures.progress(erasure, { logRecords })
      logRecords = 0
      reportedAt = Date.now()
    })
    await erasures.progress(erasure, { logRecords })
  }
}
