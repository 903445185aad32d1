import { SettingsError } from '#platform'
import { createAccount, listAccounts } from './accounts.js'
import type { Command, Environment, Output } from './command.js'
import { erase } from './erase.js'
import { migrateAll } from './migrate-all.js'
import { optionUsage, readOptions } from './options.js'
import { listRejected, retryRejected } from './rejected.js'
import { replay } from './replay.js'
import { rotateKeys } from './rotate-keys.js'
import { rotateAccountSecrets } from './rotate-secrets.js'
import { createUser, deleteUser } from './users.js'
import { writeOpenApi } from './write-openapi.js'

const commands: Readonly<Record<string, Command>> = {
  'accounts create': createAccount,
  'accounts list': listAccounts,
  'accounts rotate-secrets': rotateAccountSecrets,
  'users create': createUser,
  'users delete': deleteUser,
  erase,
  'rejected list': listRejected,
  'rejected retry': retryRejected,
  replay,
  migrate: migrateAll,
  'keys rotate': rotateKeys,
  openapi: writeOpenApi,
}

const usage = `Usage: tributary <command> [options]

${Object.entries(commands)
  .map(([words, each]) => `  ${commandUsage(words, each)}\n      ${each.does}`)
  .join('\n')}

--json prints the result as one line of JSON. Only results go to standard output; the secrets among them are shown once.
Settings are read from the environment, DATABASE_URL first of all; docs/settings.md lists them. Without it, the embedded
database under DATA_DIR is used, whether it is running or not.
Exit codes: 0 done, 1 failed, 2 a wrong command or option: nothing was done.
`

/** Runs one command. @returns its exit code: 0 done, 1 failed, 2 no such command or a wrong option */
export async function runCommand(words: readonly string[], environment: Environment, output: Output): Promise<number> {
  const isHelp = words.some(word => word === '--help' || word === '-h')
  const end = words.findIndex(word => word.startsWith('-'))
  const named = (end < 0 ? words : words.slice(0, end)).join(' ')
  const found = Object.hasOwn(commands, named) ? commands[named] : undefined
  if (isHelp) {
    output.out(found ? `Usage: tributary ${commandUsage(named, found)}\n\n${found.does}\n` : usage)
    return 0
  }
  if (!found) {
    output.err(`${named === '' ? 'Which command?' : `There is no command "${named}".`}\n\n${usage}`)
    return 2
  }
  const values = readOptions(found.options, end < 0 ? [] : words.slice(end))
  if (isFaults(values)) {
    output.err(`${values.faults.join('\n')}\n\nUsage: tributary ${commandUsage(named, found)}\n`)
    return 2
  }
  try {
    await found.run({ environment, values, out: text => output.out(text) })
    return 0
  } catch (error) {
    output.err(`${error instanceof SettingsError ? error.message : describe(error)}\n`)
    return 1
  }
}

function isFaults(read: Record<string, unknown> | { faults: string[] }): read is { faults: string[] } {
  return 'faults' in read
}

function commandUsage(words: string, { options }: Command): string {
  return [words, ...Object.entries(options).map(optionUsage)].join(' ')
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // PostgreSQL's "undefined_table" and "undefined_column".
  const { code } = error as { code?: unknown }
  if (code === '42P01' || code === '42703') {
    return `${error.message}: the database isn't up to date; run: tributary migrate`
  }
  // A refused connection to several addresses has only a code.
  return error.message || (typeof code === 'string' ? code : error.name)
}
