import type { Vault } from '#vault'
import type { DataSource } from 'typeorm'

const batchSize = 200

/**
 * Wraps every instance's secrets, deleted ones' too, under the vault's first master key. What is sealed stays the same,
 * so versions don't change, and nobody has to stop for it. @returns how many weren't under it before
 */
export async function rotateInstanceKeys(dataSource: DataSource, vault: Vault): Promise<number> {
  let rotated = 0
  for (let after = 0; ;) {
    const rows = await dataSource.query<{ id: number; secrets: Buffer }[]>(
      `select id, secrets from instance where id > $1 order by id limit ${batchSize}`,
      [after],
    )
    for (const { id, secrets } of rows) {
      const rewrapped = vault.rewrap(secrets)
      if (rewrapped.equals(secrets)) continue
      // Changed meanwhile: then it was sealed under the first key anyway.
      await dataSource.query('update instance set secrets = $2 where id = $1 and secrets = $3', [
        id,
        rewrapped,
        secrets,
      ])
      rotated++
    }
    if (rows.length < batchSize) return rotated
    after = rows.at(-1)!.id
  }
}
