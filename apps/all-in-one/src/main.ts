import { SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { accountFile } from './first-account.js'
import { startAll } from './start-all.js'

const app = await startAll(process.env)
const { publicUrl, databaseUrl, dataDir } = app.get<Settings>(SETTINGS)
const secrets = databaseUrl ? 'make an account: npx tributary accounts create' : `your secrets: ${accountFile(dataDir)}`
process.stdout.write(`\nTributary is at ${publicUrl}   API: ${publicUrl}/docs   ${secrets}\n\n`)
