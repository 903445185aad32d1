import type { Pool } from 'pg'
import { UnknownTopicError } from '../errors.js'
import { PARTITIONS } from '../topics.js'
import { run } from './queries.js'

/** Which topics there are, and the counter row of each of their partitions. Topics are never removed, so what is found is kept. */
export class Catalogue {
  private readonly found = new Map<string, readonly number[]>()
  /** Questions that are not answered yet. */
  private readonly asked = new Map<string, Promise<string[] | readonly number[]>>()

  constructor(private readonly pool: Pool) {}

  /** The ids of the topic's partitions, by partition. Throws (or rejects with) UnknownTopicError. */
  ids(topic: string): readonly number[] | Promise<readonly number[]> {
    return this.found.get(topic) ?? this.once(`ids ${topic}`, () => this.look(topic))
  }

  forget(): void {
    this.found.clear()
  }

  async ensure(topics: readonly string[]): Promise<void> {
    await run(this.pool, MAKE, [topics, PARTITIONS])
  }

  missing(topics: readonly string[]): Promise<string[]> {
    return this.once(`missing ${topics.join(' ')}`, () => this.lookForMissing(topics))
  }

  async startingWith(prefix: string): Promise<string[]> {
    const { rows } = await run<{ topic: string }>(this.pool, STARTING, [prefix])
    return rows.map(row => row.topic)
  }

  /** Whoever asks the same meanwhile gets the same answer: a log that is silent holds one connection, not all of the pool. */
  private once<Answer extends string[] | readonly number[]>(
    question: string,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const asked = this.asked.get(question) as Promise<Answer> | undefined
    if (asked) return asked
    const asking = ask().finally(() => this.asked.delete(question))
    this.asked.set(question, asking)
    return asking
  }

  private async lookForMissing(topics: readonly string[]): Promise<string[]> {
    const { rows } = await run<{ topic: string }>(this.pool, WHICH, [topics])
    const there = new Set(rows.map(row => row.topic))
    return topics.filter(topic => !there.has(topic))
  }

  private async look(topic: string): Promise<readonly number[]> {
    const { rows } = await run<{ id: number }>(this.pool, IDS, [topic])
    if (rows.length === 0) throw new UnknownTopicError(topic)
    const ids = rows.map(row => row.id)
    this.found.set(topic, ids)
    return ids
  }
}

// All partitions of a topic appear at once, or none: a reader of the table never sees half a topic.
const MAKE = {
  name: 'event_log_make_topics',
  text: `insert into event_log_partition (topic, partition)
         select topic, partition from unnest($1::text[]) topic cross join generate_series(0, $2::int - 1) partition
         where not exists (select from event_log_partition p where p.topic = topic.topic)
         order by topic, partition on conflict do nothing`,
}

const IDS = {
  name: 'event_log_partition_ids',
  text: `select id from event_log_partition where topic = $1 order by partition`,
}

const WHICH = {
  name: 'event_log_which_topics',
  text: `select distinct topic from event_log_partition where topic = any($1::text[])`,
}

const STARTING = {
  name: 'event_log_topics_starting',
  text: `select distinct topic from event_log_partition where starts_with(topic, $1) order by topic`,
}
