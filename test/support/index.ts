export { testDatabase } from './test-database.js'
export type { TestDatabase } from './test-database.js'
export { System, AppProcess, freePorts, roles } from './system.js'
export type { Account, ApiAnswer, SystemOptions, SystemRole } from './system.js'
