import type { Vault } from '#vault'
import type { DataSource } from 'typeorm'

const batchSize = 200

interface Row {
  accountId: number
  key: string
  answer: Buffer
}

/** Wraps every kept answer under the vault's first master key. @returns how many weren't under it before */
export async function rotateAnswers(dataSource: DataSource, vault: Vault): Promise<number> {
  let rotated = 0
  for (let last: Pick<Row, 'accountId' | 'key'> = { accountId: 0, key: '' }; ;) {
    const rows = await dataSource.query<Row[]>(
      `select account_id as "accountId", key, answer from idempotency_key
       where (account_id, key) > ($1, $2) and answer is not null order by account_id, key limit ${batchSize}`,
      [last.accountId, last.key],
    )
    const stale = rows
      .map(row => ({ ...row, rewrapped: vault.rewrap(row.answer) }))
      .filter(row => !row.rewrapped.equals(row.answer))
    // What was replaced meanwhile was sealed under the first key anyway.
    await dataSource.query(
      `update idempotency_key k set answer = r.rewrapped
       from unnest($1::integer[], $2::text[], $3::bytea[], $4::bytea[]) as r (account_id, key, answer, rewrapped)
       where k.account_id = r.account_id and k.key = r.key and k.answer = r.answer`,
      [
        stale.map(row => row.accountId),
        stale.map(row => row.key),
        stale.map(row => row.answer),
        stale.map(row => row.rewrapped),
      ],
    )
    rotated += stale.length
    const end = rows.at(-1)
    if (!end || rows.length < batchSize) return rotated
    last = end
  }
}
