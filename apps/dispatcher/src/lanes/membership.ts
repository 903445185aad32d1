import { Inject, Injectable } from '@nestjs/common'
import { POOL } from '#database'
import { dispatcherLockClass, dueChannel, endedChannel, LaneOwnership, limitChannel, resetChannel } from '#deliveries'
import { LOGGER, SETTINGS, within, type Logger, type Settings } from '#platform'
import { hostname } from 'node:os'
import pg from 'pg'
import { callbackTimeoutMs } from '../sending/callbacks.js'
import { whyOf } from '../why.js'
import { Lease } from './lease.js'

/** How long this process's lanes stay its own without a renewal. */
export const leaseMs = 45_000
const beatMs = 2_000
const goodbyeMs = 1_000
/** A process without a connection is dead when it hasn't renewed for so long. */
const silentMs = 3 * beatMs
/** A callback that was started has ended by then. */
const attemptMs = callbackTimeoutMs + 1_000

/** Hears what concerns the lanes of this process. */
export interface MembershipListener {
  /** Deliveries are due in these lanes; null: in any. */
  due(laneIds: readonly string[] | null): void
  /** The lane's URL is said to be well again. */
  reset(laneId: string): void
  /** The lane has this limit from now on; null: none. */
  limited(laneId: string, ratePerSecond: number | null): void
  /** From now on it hears of everything; what was said before may have been missed. */
  listening(): void
  /** Nothing more goes to this subscription. */
  ended(laneId: string, subscriptionId: string): void
  renewed(): void
  /** This process was taken for dead: its lanes are others'. */
  lost(): void
}

/** This process among the dispatchers: its lease, what it is told, and the taking over of the dead. */
@Injectable()
export class Membership {
  readonly lease = new Lease()
  #id: string | null = null
  #listener: MembershipListener | null = null
  #client: pg.Client | null = null
  #beat: NodeJS.Timeout | null = null
  #beating: Promise<void> = Promise.resolve()
  #closed = false

  constructor(
    @Inject(POOL) private readonly pool: pg.Pool,
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Under which it owns lanes; null while it owns none. */
  get id(): string | null {
    return this.#id
  }

  /**
   * Whether a callback may start. After a silence of so long others may take this process for dead, and nobody sends for
   * a lane that another has: it doesn't depend on them, nor on its connection, to know of it.
   */
  get mayStart(): boolean {
    return this.lease.outlasts(Math.max(leaseMs - silentMs, attemptMs))
  }

  async start(listener: MembershipListener): Promise<void> {
    this.#listener = listener
    await this.beat()
    await this.connect()
  }

  /** Stops renewing, and gives everything back. */
  async leave(): Promise<void> {
    this.#closed = true
    if (this.#beat) clearTimeout(this.#beat)
    await this.#beating
    const id = this.#id
    this.#id = null
    this.lease.lost()
    // While the database is down the lease ends by itself.
    if (id !== null) await this.ownership.leave(id).catch(error => this.log.warn({ why: whyOf(error) }, 'lanes kept'))
    // A server that is silent doesn't say goodbye.
    if (this.#client) await within(goodbyeMs, hangUp(this.#client)).catch(() => undefined)
  }

  private async beat(): Promise<void> {
    this.#beating = this.beatOnce().catch(error => {
      this.log.warn({ why: whyOf(error) }, 'the lease on lanes could not be renewed; trying again')
    })
    await this.#beating
    if (!this.#closed) this.#beat = setTimeout(() => void this.beat(), beatMs)
  }

  private async beatOnce(): Promise<void> {
    const askedAt = this.lease.now()
    if (this.#id !== null && !(await this.ownership.renew(this.#id, leaseMs))) {
      this.log.warn({ dispatcherId: this.#id }, 'taken for dead by others, lanes lost; starting anew')
      this.#id = null
      this.lease.lost()
      this.#listener?.lost()
      // The advisory lock goes by the id.
      if (this.#client) await hangUp(this.#client)
    }
    this.#id ??= await this.ownership.enter(`${hostname()}:${process.pid}`, leaseMs)
    this.lease.renewed(askedAt, leaseMs)
    this.#listener?.renewed()
    const dead = await this.ownership.buryDead(this.#id, silentMs, attemptMs)
    if (dead.length > 0) {
      this.log.warn({ dead }, 'other dispatchers died; their lanes are taken over')
      this.#listener?.due(null)
    }
  }

  /** LISTEN, and the lock that tells others that this process lives, on a connection of their own. */
  private async connect(): Promise<void> {
    if (this.#closed) return
    const { databaseDirectUrl } = this.settings
    const client = new pg.Client(
      databaseDirectUrl
        ? { connectionString: databaseDirectUrl, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
        : { ...this.pool.options },
    )
    this.#client = client
    client.on('error', () => void hangUp(client))
    client.once('end', () => setTimeout(() => void this.connect(), 500).unref())
    client.on('notification', message => this.notified(message.channel, message.payload ?? ''))
    try {
      await client.connect()
      await client.query('select pg_advisory_lock_shared($1, ($2::bigint % 2147483648)::integer)', [
        dispatcherLockClass,
        this.#id ?? 0,
      ])
      await client.query(`listen ${dueChannel}`)
      await client.query(`listen ${resetChannel}`)
      await client.query(`listen ${endedChannel}`)
      await client.query(`listen ${limitChannel}`)
      this.#listener?.listening()
    } catch (error) {
      this.log.warn({ why: whyOf(error) }, 'cannot listen for due deliveries; looking for them meanwhile')
      await hangUp(client)
    }
  }

  private notified(channel: string, payload: string): void {
    if (channel === resetChannel) this.#listener?.reset(payload)
    else if (channel === endedChannel) this.#listener?.ended(...(payload.split(':') as [string, string]))
    else if (channel === limitChannel) this.limited(...(payload.split(':') as [string, string]))
    else this.#listener?.due(payload === '' ? null : payload.split(','))
  }

  private limited(laneId: string, ratePerSecond: string): void {
    this.#listener?.limited(laneId, ratePerSecond === '' ? null : Number(ratePerSecond))
  }
}

/** Never rejects: a connection that can't be closed in order is broken, which is all that was wanted. */
async function hangUp(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined)
}
