import { Erasures, type Erasure, type ErasedObject } from '#deliveries'
import { EVENT_LOG, eventsTopic, type EventLog } from '#event-log'
import type { Instance } from '#instances'
import { LOGGER, pause, SETTINGS, type Logger, type Settings } from '#platform'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { Erasing } from './erasing.js'

/** What Kafka may still hold of what was erased; consumers of it see that no more than before. */
export interface KafkaRest {
  topic: string
  /** When the last of it will be gone, as the topic is configured now; null: never, or Kafka can't say. */
  heldUntil: Date | null
  /** Why `heldUntil` is null. */
  note: string | null
}

export interface ErasureReport {
  erasure: Erasure
  /** Null: the log is in PostgreSQL, and was erased with the rest. */
  kafka: KafkaRest | null
}

/** Begins erasures, and tells of them. */
@Injectable()
export class ErasureService implements OnApplicationShutdown {
  private readonly stop = new AbortController()
  private readonly underWay = new Set<Promise<void>>()

  constructor(
    @Inject(Erasures) private readonly erasures: Erasures,
    private readonly erasing: Erasing,
    @Inject(EVENT_LOG) private readonly eventLog: EventLog,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** What is under way is left to another process, or to the next one's start. */
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort()
    await Promise.all(this.underWay)
  }

  /** Resolves when all is done, or after `patienceMs`: then it goes on by itself. */
  async begin(instance: Instance, object: ErasedObject | null, patienceMs: number): Promise<ErasureReport> {
    const { accountId, id: instanceId } = instance
    const begun = await this.erasures.begin({ accountId, instanceId, object })
    this.log.info({ erasureId: begun.id, instanceId, whole: object === null }, 'an erasure has begun')
    const work = this.erasing.run(begun, this.stop.signal).catch((err: unknown) => {
      this.log.warn({ err, erasureId: begun.id }, 'an erasure was cut off; it is taken up again soon')
    })
    this.underWay.add(work)
    void work.finally(() => this.underWay.delete(work))
    const patience = new AbortController()
    await Promise.race([work, pause(patienceMs, patience.signal)])
    patience.abort()
    return this.report(instance, (await this.erasures.byId(begun.id)) ?? begun)
  }

  /** The newest first. */
  async reports(instance: Instance): Promise<ErasureReport[]> {
    const erasures = await this.erasures.ofInstance(instance.id)
    const keeps = erasures.length > 0 ? await this.kept(instance.elementKey) : null
    return erasures.map(erasure => ({ erasure, kafka: keeps && restOf(erasure, keeps) }))
  }

  private async report(instance: Instance, erasure: Erasure): Promise<ErasureReport> {
    const keeps = await this.kept(instance.elementKey)
    return { erasure, kafka: keeps && restOf(erasure, keeps) }
  }

  private async kept(elementKey: string): Promise<Kept | null> {
    if (this.eventLog.engine !== 'kafka') return null
    const topic = eventsTopic(this.settings.topicPrefix, elementKey)
    try {
      const ms = await this.eventLog.keepsMs(topic)
      return { topic, ms, note: ms === null ? 'the topic keeps its records for good' : null }
    } catch (err) {
      this.log.warn({ err, topic }, 'Kafka did not tell how long it keeps records')
      return { topic, ms: null, note: 'Kafka did not tell how long it keeps records; ask again' }
    }
  }
}

interface Kept {
  topic: string
  ms: number | null
  note: string | null
}

function restOf({ erasedAt }: Erasure, { topic, ms, note }: Kept): KafkaRest {
  return { topic, heldUntil: ms === null ? null : new Date(erasedAt.getTime() + ms), note }
}
