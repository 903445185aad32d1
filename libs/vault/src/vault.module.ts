import { Global, Module } from '@nestjs/common'
import { SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { existingKey, keyOfDataDir } from './key-file.js'
import { Vault } from './vault.js'

/** Provides `Vault`, with the keys of MASTER_KEYS or, on the embedded default, the one in DATA_DIR. */
@Global()
@Module({
  providers: [{ provide: Vault, useFactory: openVault, inject: [SETTINGS] }],
  exports: [Vault],
})
export class VaultModule {}

/** The vault that these settings describe. */
export async function openVault(settings: Pick<Settings, 'masterKeys' | 'databaseUrl' | 'dataDir'>): Promise<Vault> {
  const { masterKeys, databaseUrl, dataDir } = settings
  // A key in one container's folder would be lost with it, and with the key every stored secret.
  if (databaseUrl) return new Vault(masterKeys)
  if (masterKeys.length === 0) return new Vault([await keyOfDataDir(dataDir)])
  // What was sealed before MASTER_KEYS was set still opens.
  const found = await existingKey(dataDir)
  return new Vault(found ? [...masterKeys, found] : masterKeys)
}
