/**
 * Runs one statement and gives its rows: over a pool, or within somebody else's transaction (TypeORM's
 * `EntityManager.query` fits). Statements given to it are selects outside, whatever they change inside.
 */
export type RunSql = <Row>(text: string, values: unknown[]) => Promise<Row[]>

interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** A pool or a client as `RunSql`. */
export function over(queryable: Queryable): RunSql {
  return async <Row>(text: string, values: unknown[]) => (await queryable.query(text, values)).rows as Row[]
}

/** How `event_key k` says where `event e` is. */
export const keptAt = `
  e.instance_id = k.instance_id and e.day = k.day and e.notification_id = k.notification_id and e.id = k.id`

/**
 * Arrays as rows, a parameter each from `$first` on; `types` are their elements', apart by blanks. The planner doesn't see
 * how long they are: else it would plan anew for each batch, which takes longer than many a batch.
 */
export function rowsOf(first: number, types: string): string {
  const hidden = types.split(' ').map((type, at) => `(select $${first + at}::${type}[])`)
  return `unnest(${hidden.join(', ')})`
}
