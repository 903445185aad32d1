import type { Kafka } from 'kafkajs'
import { messageOf } from '../errors.js'
import type { Subscription } from '../event-log.js'
import { Pause } from '../pause.js'
import { ConsumerSession, type SessionOptions } from './session.js'

export interface ReaderOptions extends Omit<SessionOptions, 'kafka' | 'joined' | 'alive'> {
  newClient(): Kafka
}

/** A consumer that has fetched nothing for so long is taken for stuck, whatever it believes itself, and replaced. */
const STUCK_MS = 60_000
const LOOK_MS = 1_000

/**
 * Keeps a consumer running, whatever becomes of it: kafkajs' consumers end for good after some errors, and hang after
 * others. Each is replaced by a new one until the reader is closed.
 */
export class KafkaReader implements Subscription {
  private session?: ConsumerSession
  private closing = false
  private lastAlive = Date.now()
  private readonly pause = new Pause()
  private readonly running: Promise<void>
  private joined!: () => void
  /** Resolves when the group was joined for the first time, or won't be any more. */
  readonly ready = new Promise<void>(resolve => (this.joined = resolve))

  constructor(private readonly options: ReaderOptions) {
    this.running = this.run()
  }

  idleMs(): number {
    return Date.now() - this.lastAlive
  }

  async close(): Promise<void> {
    this.closing = true
    this.joined()
    this.pause.wake()
    await this.session?.close()
    await this.running
  }

  private async run(): Promise<void> {
    let failures = 0
    while (!this.closing) {
      const { newClient, observer, name } = this.options
      const session = new ConsumerSession({
        ...this.options,
        kafka: newClient(),
        joined: () => {
          failures = 0
          this.joined()
        },
        alive: () => (this.lastAlive = Date.now()),
      })
      this.session = session
      void session.start()
      const why = await this.endOf(session)
      await session.close()
      if (this.closing) return
      observer.warn(`${name}: the consumer ended and is replaced: ${messageOf(why)}`)
      await this.pause.wait(Math.min(200 * 2 ** failures++, 5_000))
    }
  }

  private async endOf(session: ConsumerSession): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const began = Date.now()
    const stuck = new Promise<Error>(resolve => {
      timer = setInterval(() => {
        const quietMs = Date.now() - Math.max(this.lastAlive, began)
        if (quietMs > STUCK_MS && !session.isHandling) resolve(new Error(`it has fetched nothing for ${quietMs} ms`))
      }, LOOK_MS)
    })
    return Promise.race([session.ended, stuck]).finally(() => clearInterval(timer))
  }
}
