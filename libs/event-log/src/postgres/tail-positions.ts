import type { Pool } from 'pg'
import type { Cursor, Reached } from './fetch.js'
import { run } from './queries.js'

/** Where a reader of everything from now on stands. Kept in memory only. */
export class TailPositions {
  private readonly cursors = new Map<number, Cursor>()

  constructor(
    private readonly pool: Pool,
    private readonly topics: readonly string[],
  ) {}

  /** Takes the ends of the topics as the starting points. */
  async start(): Promise<void> {
    const { rows } = await run<EndRow>(this.pool, ENDS, [this.topics])
    for (const { id, topic, partition, next_offset } of rows) {
      this.cursors.set(id, { id, topic, partition, epoch: 0n, position: BigInt(next_offset) })
    }
    const found = new Set(rows.map(row => row.topic))
    const missing = this.topics.filter(topic => !found.has(topic))
    if (missing.length > 0) throw new Error(`the event log has no topic "${missing.join('", "')}" yet`)
  }

  async current(): Promise<Cursor[]> {
    return this.held()
  }

  held(): Cursor[] {
    return [...this.cursors.values()]
  }

  advance(reached: readonly Reached[]): void {
    for (const { cursor, position } of reached) this.cursors.set(cursor.id, { ...cursor, position })
  }

  owns(): boolean {
    return true
  }

  async close(): Promise<void> {}
}

interface EndRow {
  id: number
  topic: string
  partition: number
  next_offset: string
}

const ENDS = {
  name: 'event_log_ends',
  text: `select id, topic, partition, next_offset from event_log_partition where topic = any($1::text[])`,
}
