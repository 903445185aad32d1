import type { Pool } from 'pg'

/** What it takes to know whether a record was erased. */
export interface Erasable {
  key: string
  /** When it was accepted: milliseconds since the epoch. */
  timestamp: number
}

/** The key of an event's object, and what the keys of its whole instance begin with. */
const ofInstance = /^\d+:/

/**
 * Those of these records that nothing was erased of since they were accepted: what else is on its way must not be moved
 * on. One query for all of them.
 */
export async function withoutErased<Record extends Erasable>(
  on: Pick<Pool, 'query'>,
  records: readonly Record[],
): Promise<Record[]> {
  const names = new Set(records.flatMap(({ key }) => [key, ofInstance.exec(key)?.[0] ?? key]))
  const { rows } = await on.query<{ key: Buffer; at: number }>({
    name: 'erased_keys',
    text: `select key, extract(epoch from max(erased_at))::double precision * 1000 as at
           from erased where key = any($1::bytea[]) group by key`,
    values: [[...names].map(name => Buffer.from(name))],
  })
  if (rows.length === 0) return [...records]
  const erasedAt = new Map(rows.map(({ key, at }) => [key.toString(), at]))
  const lastOf = (key: string) => Math.max(erasedAt.get(key) ?? 0, erasedAt.get(ofInstance.exec(key)?.[0] ?? key) ?? 0)
  return records.filter(({ key, timestamp }) => timestamp > lastOf(key))
}
