import { instancesTopic, type EventLog } from '#event-log'
import type { DataSource } from 'typeorm'

/** A change of an instance as other processes hear of it, on `<prefix>.instances`. No secret is ever in it. */
export interface InstanceChanged {
  instanceId: number
  version: number
  deleted: boolean
}

const batchSize = 200

// The rows stay locked until the records are durable; any other relay skips them, and a crash gives them back.
const takeSql = `
  delete from outbox where id in (select id from outbox order by id limit $1 for update skip locked)
  returning id, instance_id as "instanceId", version, deleted`

/** Moves the outbox to the log. As many as like may run at once. */
export class OutboxRelay {
  readonly #topic: string

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: EventLog,
    topicPrefix: string,
  ) {
    this.#topic = instancesTopic(topicPrefix)
  }

  /** Moves what waits, a batch at a time, and tells how many changes that were. Rejects where the log doesn't take them: they stay. */
  async drain(): Promise<number> {
    let moved = 0
    for (;;) {
      const batch = await this.moveBatch()
      moved += batch
      if (batch < batchSize) return moved
    }
  }

  private async moveBatch(): Promise<number> {
    return this.dataSource.transaction(async manager => {
      const [rows] = await manager.query<[(InstanceChanged & { id: string })[], number]>(takeSql, [batchSize])
      if (rows.length === 0) return 0
      const inOrder = rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
      await this.log.publish(
        this.#topic,
        inOrder.map(({ instanceId, version, deleted }) => ({
          key: String(instanceId),
          value: JSON.stringify({ instanceId, version, deleted } satisfies InstanceChanged),
        })),
      )
      return rows.length
    })
  }
}
