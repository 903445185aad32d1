import { PublishFailedError, RecordTooLargeError, UnknownTopicError } from '#event-log'
import type { EventLog, Refused, SpooledRecord } from '#event-log'

/**
 * Publishes spooled records in their order. What the log refuses for good is found by halving and returned; the rest is
 * durable.
 * @throws where the log doesn't take records just now: all of them again, later
 */
export async function release(log: EventLog, records: readonly SpooledRecord[]): Promise<Refused[]> {
  const byTopic = new Map<string, SpooledRecord[]>()
  for (const record of records) {
    const list = byTopic.get(record.topic)
    if (list) list.push(record)
    else byTopic.set(record.topic, [record])
  }
  const refused = await Promise.all([...byTopic].map(([topic, list]) => releaseTo(log, topic, list)))
  return refused.flat()
}

async function releaseTo(log: EventLog, topic: string, records: readonly SpooledRecord[]): Promise<Refused[]> {
  try {
    await log.publish(topic, records)
    return []
  } catch (error) {
    if (error instanceof UnknownTopicError || (!isRefusal(error) && (await isGone(log, topic)))) {
      return records.map(({ id }) => ({ id, error: String(new UnknownTopicError(topic)) }))
    }
    if (!isRefusal(error)) throw error
    const [only, second] = records
    if (!only) return []
    if (!second) return [{ id: only.id, error: String(error) }]
    const middle = Math.ceil(records.length / 2)
    // One after the other: records of a key may be in both.
    const first = await releaseTo(log, topic, records.slice(0, middle))
    return [...first, ...(await releaseTo(log, topic, records.slice(middle)))]
  }
}

/** A topic that was removed looks like a log that doesn't answer, to who knew it. */
async function isGone(log: EventLog, topic: string): Promise<boolean> {
  return log.probe([topic]).then(
    () => false,
    (error: unknown) => error instanceof UnknownTopicError,
  )
}

/** Whether the log said no to the records themselves, so that asking again is no use. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof RecordTooLargeError ||
    error instanceof UnknownTopicError ||
    (error instanceof PublishFailedError && error.why === 'refused')
  )
}
