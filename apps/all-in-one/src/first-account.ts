import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { INestApplicationContext } from '@nestjs/common'
import { Accounts } from '#instances'
import { SETTINGS } from '#platform'
import type { Settings } from '#platform'

/** Where the embedded default keeps its first account's secrets. */
export function accountFile(dataDir: string): string {
  return join(dataDir, 'account.json')
}

/**
 * On the embedded default's first start, makes the account that a person signs in with, and writes its secrets where
 * only the owner can read them. With a database of one's own, accounts are made by `tributary accounts create`.
 */
export async function ensureFirstAccount(app: INestApplicationContext): Promise<void> {
  const { databaseUrl, dataDir } = app.get<Settings>(SETTINGS)
  if (databaseUrl) return
  await app.get(Accounts).createFirst(async account => {
    await mkdir(dataDir, { recursive: true })
    await writeFile(accountFile(dataDir), `${JSON.stringify(account)}\n`, { mode: 0o600 })
  })
}
