import { randomUUID } from 'node:crypto'
import { messageOf } from '../errors.js'
import type { LogObserver } from '../observer.js'
import { Pause } from '../pause.js'
import type { Cursor, Reached } from './fetch.js'
import { Membership, type Owned } from './membership.js'
import type { WakeUp } from './wake-up.js'

export interface Lease {
  leaseMs: number
  heartbeatMs: number
}

/** Between two commits: what a crash makes the next reader read again, and know by its ids. */
const COMMIT_PAUSE_MS = 100

interface Held {
  cursor: Cursor
  committed: bigint
  surplus: boolean
}

/**
 * Where this member of a group stands. Beats and commits go on beside the handler: a commit under way never holds up
 * the next fetch, and one that fails is made again.
 */
export class GroupPositions {
  private readonly membership: Membership
  private readonly standing = new Map<number, Held>()
  private readonly beatSoon = new Pause()
  private readonly commitSoon = new Pause()
  private readonly farewell = new Pause()
  private readonly stopListening: () => void
  private lastBeat = 0
  private closing = false
  private beating?: Promise<void>
  private committing?: Promise<void>
  private joined!: () => void
  /** Called when there is something else to read, or to give back. */
  onChange: () => void = () => undefined
  /** Resolves when this member has joined for the first time, or won't any more. */
  readonly ready = new Promise<void>(resolve => (this.joined = resolve))

  constructor(
    pool: ConstructorParameters<typeof Membership>[0],
    private readonly group: string,
    topics: readonly string[],
    private readonly lease: Lease,
    private readonly wakeUp: WakeUp,
    private readonly observer: LogObserver,
  ) {
    this.membership = new Membership(pool, group, topics, randomUUID(), lease.leaseMs)
    this.stopListening = wakeUp.on([this.channel], () => this.beatSoon.wake())
    this.beating = this.keepBeating()
    this.committing = this.keepCommitting()
  }

  /** What to read now. Gives back what should be another member's, since no batch is under way. */
  async current(): Promise<Cursor[]> {
    if (!this.holdsLease()) return []
    const surplus = [...this.standing.values()].filter(({ surplus }) => surplus).map(({ cursor }) => cursor)
    if (surplus.length > 0) {
      await this.membership.release(surplus)
      for (const { id } of surplus) this.standing.delete(id)
      this.wakeUp.announce([this.channel])
    }
    return this.held()
  }

  held(): Cursor[] {
    return [...this.standing.values()].filter(({ surplus }) => !surplus).map(({ cursor }) => cursor)
  }

  advance(reached: readonly Reached[]): void {
    for (const { cursor, position } of reached) {
      const held = this.standing.get(cursor.id)
      if (held && held.cursor.epoch === cursor.epoch) held.cursor = { ...cursor, position }
    }
    this.commitSoon.wake()
  }

  owns(cursor: Cursor): boolean {
    return this.holdsLease() && this.standing.get(cursor.id)?.cursor.epoch === cursor.epoch
  }

  async close(): Promise<void> {
    this.closing = true
    this.joined()
    this.stopListening()
    this.beatSoon.wake()
    this.commitSoon.wake()
    this.farewell.wake()
    await Promise.all([this.beating, this.committing])
    try {
      await this.commit()
      await this.membership.leave()
      this.wakeUp.announce([this.channel])
    } catch (error) {
      this.observer.warn(`left the group ${this.group} without a word, its lease will end: ${messageOf(error)}`)
    }
  }

  private get channel(): string {
    return `group ${this.group}`
  }

  private holdsLease(): boolean {
    return Date.now() - this.lastBeat < this.lease.leaseMs
  }

  private async keepBeating(): Promise<void> {
    while (!this.closing) {
      const began = Date.now()
      try {
        const { owned, changed } = await this.membership.beat()
        this.lastBeat = began
        this.hold(owned)
        if (changed) this.wakeUp.announce([this.channel])
        this.joined()
      } catch (error) {
        this.observer.warn(`the group ${this.group} could not be reached`, error)
      }
      await this.beatSoon.wait(this.lease.heartbeatMs)
    }
  }

  private hold(owned: readonly Owned[]): void {
    const ids = new Set(owned.map(({ id }) => id))
    for (const id of this.standing.keys()) if (!ids.has(id)) this.standing.delete(id)
    let gained = false
    for (const { id, topic, partition, epoch, committed, surplus } of owned) {
      const held = this.standing.get(id)
      if (held && held.cursor.epoch === epoch) {
        held.surplus = surplus
      } else {
        gained = true
        this.standing.set(id, { cursor: { id, topic, partition, epoch, position: committed }, committed, surplus })
      }
    }
    if (gained || owned.some(({ surplus }) => surplus)) this.onChange()
  }

  private async keepCommitting(): Promise<void> {
    while (!this.closing) {
      await this.commitSoon.wait(1_000)
      try {
        await this.commit()
      } catch (error) {
        this.observer.warn(`offsets of ${this.group} could not be committed, trying again`, error)
        this.commitSoon.wake()
      }
      await this.farewell.wait(COMMIT_PAUSE_MS)
    }
  }

  private async commit(): Promise<void> {
    const ahead = [...this.standing.values()].filter(({ cursor, committed }) => cursor.position > committed)
    if (ahead.length === 0) return
    const cursors = ahead.map(({ cursor }) => cursor)
    const committed = await this.membership.commit(cursors)
    ahead.forEach((held, i) => {
      const cursor = cursors[i]
      if (cursor && committed.has(cursor.id)) held.committed = cursor.position
      // Refused: it is another member's. The next beat says the same.
      else if (cursor && this.standing.get(cursor.id) === held) this.standing.delete(cursor.id)
    })
  }
}
