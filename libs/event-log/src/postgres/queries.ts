import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg'

/** What a statement of the log may take at most: a server that is gone without a word must not hold us for ever. */
const STATEMENT_TIMEOUT_MS = 10_000

interface Statement {
  name: string
  text: string
}

/** Runs a named (so prepared once per connection) statement. */
export function run<Row extends QueryResultRow>(
  on: Pick<Pool, 'query'>,
  statement: Statement,
  values: unknown[],
): Promise<QueryResult<Row>> {
  // pg knows the per-query time-out, its types don't.
  const config: QueryConfig & { query_timeout: number } = {
    ...statement,
    values,
    query_timeout: STATEMENT_TIMEOUT_MS,
  }
  return on.query<Row>(config)
}

export function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Whether the same statement may succeed later. Connection errors have other codes, or none. */
export function isTransient(error: unknown): boolean {
  return !/^(22|23|28|42|54)...$/.test(sqlState(error))
}
