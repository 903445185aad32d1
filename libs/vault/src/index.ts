export { equalSecrets, hashSecret, newSecret } from './secrets.js'
export { openVault, VaultModule } from './vault.module.js'
export { Vault } from './vault.js'
export type { MasterKey } from './vault.js'
