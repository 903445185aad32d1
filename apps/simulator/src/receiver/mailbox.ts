import type { IncomingHttpHeaders } from 'node:http'
import { isObject } from '../http/body.js'
import { checkElements, checkStandardWebhook, type Verdict } from './signatures.js'

/** How a mailbox answers. With `times`, so many requests are answered so, and the next ones with 200 again. */
export type Mode =
  | { kind: 'ok'; status?: number }
  | { kind: 'fail'; status: number; headers?: Record<string, string>; body?: string; times?: number }
  | { kind: 'hang'; times?: number }
  | { kind: 'reset'; times?: number }
  | { kind: 'delay'; ms: number; status?: number; times?: number }
  | { kind: 'drip'; bytes: number; everyMs: number; times?: number }
  /** A 200 whose body ends, with its connection, half-way. */
  | { kind: 'cut'; times?: number }
  /** A 200 with a body of so many bytes. */
  | { kind: 'flood'; bytes: number; times?: number }

/** One callback as it came. */
export interface ReceivedCallback {
  seq: number
  name: string
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** Empty where the mailbox doesn't keep bodies. */
  body: string
  /** The body as JSON, or undefined. */
  json: unknown
  /** `webhook-id`, the notification's. */
  notificationId: string | undefined
  /** The ids of the events it carries. */
  eventIds: string[]
  elements: Verdict
  standard: Verdict
  receivedAt: number
  /** When the answer was begun, and with what; null while none is. */
  answeredAt: number | null
  status: number | null
}

/** Counts over a mailbox. */
export interface MailboxCounts {
  requests: number
  /** Answered with a 2xx. */
  accepted: number
  uniqueNotifications: number
  uniqueEvents: number
  /** Signed, and the signature is wrong. */
  refusedSignatures: number
}

/** The callbacks of one name, and how they are answered. */
export class Mailbox {
  readonly received: ReceivedCallback[] = []
  /** The key that signatures are checked with. */
  key: string | undefined
  /** Off for load tests: a body costs memory. */
  keepBodies = true
  private mode: Mode | (() => Mode) = { kind: 'ok' }
  private left = Number.POSITIVE_INFINITY
  private readonly watchers = new Set<() => void>()

  constructor(
    readonly name: string,
    /** Where callbacks for this name go. */
    readonly url: string,
  ) {}

  /** From now on answers so; a function is asked anew for every callback. */
  answer(mode: Mode | (() => Mode)): void {
    this.mode = mode
    this.left = 'times' in mode && mode.times !== undefined ? mode.times : Number.POSITIVE_INFINITY
  }

  /** How it answers now. */
  answering(): Mode {
    if (this.left <= 0) return { kind: 'ok' }
    return typeof this.mode === 'function' ? this.mode() : this.mode
  }

  /** Takes one callback in and says how to answer it. */
  take(request: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }): {
    callback: ReceivedCallback
    mode: Mode
  } {
    const mode = this.answering()
    this.left--
    const callback = this.record(request)
    this.received.push(callback)
    for (const watcher of this.watchers) watcher()
    return { callback, mode }
  }

  /** All events received so far, each id once, in the order of arrival. */
  events(): Record<string, unknown>[] {
    const byId = new Map<string, Record<string, unknown>>()
    for (const { json } of this.received) {
      for (const event of eventsOf(json)) {
        if (typeof event['id'] === 'string' && !byId.has(event['id'])) byId.set(event['id'], event)
      }
    }
    return [...byId.values()]
  }

  counts(): MailboxCounts {
    const { received } = this
    return {
      requests: received.length,
      accepted: received.filter(({ status }) => status !== null && status >= 200 && status < 300).length,
      uniqueNotifications: new Set(received.flatMap(({ notificationId }) => notificationId ?? [])).size,
      uniqueEvents: new Set(received.flatMap(({ eventIds }) => eventIds)).size,
      refusedSignatures: received.filter(
        ({ elements, standard }) => elements.kind === 'refused' || standard.kind === 'refused',
      ).length,
    }
  }

  clear(): void {
    this.received.length = 0
  }

  /**
   * The first callback, already here or yet to come, that the predicate holds for. On time-out throws an error that
   * says what came instead.
   */
  async waitFor(
    predicate: (callback: ReceivedCallback) => boolean,
    timeoutMs = 10_000,
    wanted = 'a callback that fits',
  ): Promise<ReceivedCallback> {
    let checked = 0
    const find = () => {
      // Only what is new, unless the mailbox was cleared: a load test waits over tens of thousands.
      if (checked > this.received.length) checked = 0
      while (checked < this.received.length) {
        const callback = this.received[checked++]
        if (callback && predicate(callback)) return callback
      }
      return undefined
    }
    return await this.watch(find, timeoutMs, wanted)
  }

  /** Resolves once the mailbox as a whole is as wished, `events` unique events having come, for example. */
  async waitUntil(
    condition: (mailbox: this) => boolean,
    timeoutMs = 10_000,
    wanted = 'the mailbox to fulfil the condition',
  ): Promise<void> {
    await this.watch(() => (condition(this) ? true : undefined), timeoutMs, wanted)
  }

  /** Resolves once so many different events have come, and gives them. */
  async waitForEvents(count: number, timeoutMs = 10_000): Promise<Record<string, unknown>[]> {
    await this.waitUntil(() => this.counts().uniqueEvents >= count, timeoutMs, `${String(count)} events`)
    return this.events()
  }

  private watch<T>(find: () => T | undefined, timeoutMs: number, wanted: string): Promise<T> {
    const found = find()
    if (found !== undefined) return Promise.resolve(found)
    const started = new Error()
    return new Promise<T>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        this.watchers.delete(watcher)
      }
      const watcher = () => {
        const value = find()
        if (value === undefined) return
        stop()
        resolve(value)
      }
      const timer = setTimeout(() => {
        stop()
        started.message = `waited ${String(timeoutMs)} ms at ${this.url} for ${wanted}, and saw ${this.describe()}`
        reject(started)
      }, timeoutMs)
      this.watchers.add(watcher)
    })
  }

  private describe(): string {
    if (this.received.length === 0) return 'nothing'
    const lines = this.received.slice(-10).map(({ seq, method, path, status, json, elements, standard }) => {
      const events = eventsOf(json).map(
        ({ eventType, objectType, objectId }) => `${String(eventType)} ${String(objectType)} ${String(objectId)}`,
      )
      const signatures = `elements ${elements.kind}, standard ${standard.kind}`
      return `  #${String(seq)} ${method} ${path} -> ${String(status)} (${signatures}) [${events.join(', ')}]`
    })
    return `${JSON.stringify(this.counts())}; the last ${String(lines.length)}:\n${lines.join('\n')}`
  }

  private record(request: {
    method: string
    path: string
    headers: IncomingHttpHeaders
    body: Buffer
  }): ReceivedCallback {
    const receivedAt = Date.now()
    const json = parse(request.body)
    const id = request.headers['webhook-id']
    return {
      seq: this.received.length + 1,
      name: this.name,
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: this.keepBodies ? request.body.toString('utf8') : '',
      json: this.keepBodies ? json : undefined,
      notificationId: typeof id === 'string' ? id : undefined,
      eventIds: eventsOf(json).flatMap(({ id: eventId }) => (typeof eventId === 'string' ? eventId : [])),
      elements: checkElements(request.headers, request.body, this.key),
      standard: checkStandardWebhook(request.headers, request.body, this.key, receivedAt),
      receivedAt,
      answeredAt: null,
      status: null,
    }
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

function eventsOf(json: unknown): Record<string, unknown>[] {
  const message = isObject(json) ? json['message'] : undefined
  const events = isObject(message) ? message['events'] : undefined
  return Array.isArray(events) ? events.filter(isObject) : []
}
