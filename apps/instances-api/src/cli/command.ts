import { SettingsError } from '#platform'
import { parseArgs } from 'node:util'
import { createAccount } from './create-account.js'
import { migrateAll } from './migrate-all.js'
import { rotateKeys } from './rotate-keys.js'
import { writeOpenApi } from './write-openapi.js'

export type Environment = Record<string, string | undefined>

/** Where a command's result goes, and what it has to say besides. */
export interface Output {
  out(text: string): void
  err(text: string): void
}

export interface Options {
  name?: string
  json?: boolean
}

type Command = (environment: Environment, options: Options, output: Output) => Promise<void>

const commands: Readonly<Record<string, { run: Command; options: readonly (keyof Options)[]; usage: string }>> = {
  'accounts create': {
    run: createAccount,
    options: ['name', 'json'],
    usage: '[--name <name>] [--json]   makes an account and prints its secrets: they are not shown again',
  },
  migrate: { run: migrateAll, options: [], usage: 'brings the database up to date and makes the topics' },
  'keys rotate': { run: rotateKeys, options: [], usage: 'encrypts every secret under the first of MASTER_KEYS' },
  openapi: { run: writeOpenApi, options: [], usage: 'writes docs/openapi.json' },
}

const usage = `Usage: tributary <command>

${Object.entries(commands)
  .map(([words, command]) => `  ${words} ${command.usage}`)
  .join('\n')}

Settings are read from the environment; docs/settings.md lists them.
`

/** Runs one command. @returns its exit code: 0 done, 1 failed, 2 no such command or option */
export async function runCommand(words: readonly string[], environment: Environment, output: Output): Promise<number> {
  const read = readWords(words)
  if (read === 'help') {
    output.out(usage)
    return 0
  }
  if (typeof read === 'string') {
    output.err(`${read}\n\n${usage}`)
    return 2
  }
  try {
    await read.run(environment, read.options, output)
    return 0
  } catch (error) {
    output.err(`${error instanceof SettingsError ? error.message : describe(error)}\n`)
    return 1
  }
}

/** The command that the words name; or what is wrong with them. */
function readWords(words: readonly string[]): { run: Command; options: Options } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { name: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help) return 'help'
    const named = positionals.join(' ')
    const command = Object.hasOwn(commands, named) ? commands[named] : undefined
    if (!command) return named === '' ? 'Which command?' : `There is no command "${named}".`
    const { help: _help, ...options } = values
    const foreign = (Object.keys(options) as (keyof Options)[]).find(option => !command.options.includes(option))
    return foreign === undefined ? { run: command.run, options } : `"${named}" has no option --${foreign}.`
  } catch (error) {
    return describe(error)
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // PostgreSQL's "undefined_table".
  const { code } = error as { code?: unknown }
  if (code === '42P01') return `${error.message}: the database isn't up to date; run: tributary migrate`
  // A refused connection to several addresses has only a code.
  return error.message || (typeof code === 'string' ? code : error.name)
}
