import { Kafka, logLevel, type ISocketFactory, type SASLOptions } from 'kafkajs'
import type { ConnectionOptions } from 'node:tls'
import type { LogObserver } from '../observer.js'
import { patchIdleTimer } from './idle-timer-patch.js'

/** How to reach the brokers. */
export interface KafkaConnection {
  brokers: string[]
  ssl?: boolean | ConnectionOptions
  sasl?: SASLOptions
  /** What the brokers' logs and quotas know us by. */
  clientId?: string
  /** How sockets are made, where not by net and tls. */
  socketFactory?: ISocketFactory
}

const SAME_AGAIN_MS = 30_000

/** A kafkajs client. One for each consumer: consumers of one client share a cache of committed offsets. */
export function kafkaClient(connection: KafkaConnection, observer: LogObserver): Kafka {
  patchIdleTimer()
  return new Kafka({
    clientId: 'tributary',
    ...connection,
    connectionTimeout: 5_000,
    authenticationTimeout: 5_000,
    requestTimeout: 15_000,
    // Not kafkajs' defaults, which are others under NODE_ENV=test. A consumer that crashed is rebuilt by us, always.
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      multiplier: 2,
      factor: 0.2,
      retries: 4,
      restartOnFailure: never,
    },
    logLevel: logLevel.ERROR,
    logCreator: () => throttled(observer),
  })
}

const never = (): Promise<boolean> => Promise.resolve(false)

/** kafkajs repeats itself at every attempt to reconnect. */
function throttled(observer: LogObserver): (entry: { namespace: string; log: { message: string } }) => void {
  const lastSaid = new Map<string, number>()
  return ({ namespace, log }) => {
    const what = `kafkajs ${namespace}: ${log.message}`
    const now = Date.now()
    if (now - (lastSaid.get(what) ?? 0) < SAME_AGAIN_MS) return
    if (lastSaid.size > 100) lastSaid.clear()
    lastSaid.set(what, now)
    observer.warn(what)
  }
}

/** The protocol error in it, however kafkajs has wrapped it. */
export function typedCause(error: unknown): (Error & { type: string }) | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at as Error & { type: string }
  }
  return undefined
}

/** The protocol error's name: 'UNKNOWN_TOPIC_OR_PARTITION'. Empty where it is none. */
export function errorType(error: unknown): string {
  return typedCause(error)?.type ?? ''
}
