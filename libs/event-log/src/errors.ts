/** The topic isn't there. Permanent until someone makes it. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError'
  constructor(readonly topic: string) {
    super(`The event log has no topic "${topic}". The migration job makes the topics; run it, or make this one.`)
  }
}

/** A record that no engine takes. Permanent for this record. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError'
  constructor(
    readonly topic: string,
    readonly bytes: number,
    readonly limit?: number,
  ) {
    const takes = limit === undefined ? "the brokers' or topic's limit" : `${limit} bytes`
    super(`A record of ${bytes} bytes for the topic "${topic}" is larger than the event log takes (${takes}).`)
  }
}

/** The records aren't known to be durable: publish them again, later; but not those that were refused. */
export class PublishFailedError extends Error {
  override readonly name = 'PublishFailedError'
  constructor(
    readonly why: 'timeout' | 'backed-up' | 'closed' | 'refused',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
