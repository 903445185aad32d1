import { parseArgs } from 'node:util'
import { instantOf } from '../events/query-reading.js'

/** What one option of a command takes, and how its text is read. */
export interface Option<Value> {
  /** As the usage shows it, such as `<id>`; none: it is said or not, and takes nothing. */
  readonly takes?: string
  /** What a value has to be: "expected …". */
  readonly expected: string
  /** It may be given several times; else once. */
  readonly repeats?: true
  /** Its value where it isn't given; none: it has to be. */
  readonly absent?: { value: Value }
  /** Undefined: the text isn't what was expected. */
  read(text: string): { value: Value } | undefined
}

export type Options = Readonly<Record<string, Option<unknown>>>

/** What a command gets of the options it declares. */
export type ValuesOf<Declared extends Options> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Option<infer Value> ? Value : never
}

/** Said or not. */
export const flag: Option<boolean> = {
  expected: 'no value',
  absent: { value: false },
  read: text => (text === '' ? { value: true } : undefined),
}

/** What people call something. */
export const name: Option<string> = {
  takes: '<name>',
  expected: 'a name of 1 to 200 characters',
  read: text => (text.trim() !== '' && text.length <= 200 ? { value: text } : undefined),
}

/** A row's id. */
export const id: Option<number> = {
  takes: '<id>',
  expected: 'an id as "tributary accounts list" shows it',
  read(text) {
    const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0
    return value > 0 && value < 2 ** 31 ? { value } : undefined
  },
}

/** An instance's id. */
export const instanceId: Option<number> = { ...id, expected: 'the id of an instance' }

/** Whatever a vendor calls something. */
export const text: Option<string> = {
  takes: '<text>',
  expected: 'a text',
  read: words => (words === '' ? undefined : { value: words }),
}

/** What "rejected list" calls a record. */
export const rejectedId: Option<{ from: 'record' | 'spool'; id: string }> = {
  takes: '<id>',
  expected: 'an id as "tributary rejected list" shows it',
  read(words) {
    const [, from, id = ''] = /^(record|spool)-([1-9]\d{0,17})$/.exec(words) ?? []
    return from === 'record' || from === 'spool' ? { value: { from, id } } : undefined
  },
}

/** A point in time. */
export const instant: Option<string> = {
  takes: '<instant>',
  expected: 'an ISO 8601 instant such as 2026-01-31T00:00:00Z',
  read: words => (instantOf(words) ? { value: words } : undefined),
}

/** How many in a second. */
export const rate: Option<number> = {
  takes: '<number>',
  expected: 'a number such as 50',
  read: words => (/^\d{1,9}(\.\d{1,9})?$/.test(words) ? { value: Number(words) } : undefined),
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds, of 30 days at most. */
export const duration: Option<number> = {
  takes: '<duration>',
  expected: 'a number with s, m, h or d after it, such as 24h, of 30d at most',
  read(text) {
    const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
    const value = Number(digits) * (units[unit as keyof typeof units] ?? 0)
    return value > 0 && value <= 30 * units.d ? { value } : undefined
  },
}

/** The same, but needn't be given. */
export function optional<Value>(option: Option<Value>): Option<Value | undefined> {
  return { ...option, absent: { value: undefined } }
}

/** The same, but may be given several times, or not at all. */
export function several<Value>(option: Option<Value>): Option<readonly Value[]> {
  return {
    ...option,
    repeats: true,
    absent: { value: [] },
    read: text => {
      const one = option.read(text)
      return one && { value: [one.value] }
    },
  }
}

/** How the usage shows an option. */
export function optionUsage([name, { takes, absent, repeats }]: [string, Option<unknown>]): string {
  const option = takes ? `--${name} ${takes}` : `--${name}`
  return `${absent ? `[${option}]` : option}${repeats ? '…' : ''}`
}

/** What a command line says for the options declared; or every fault, each with its option and what was expected. */
export function readOptions(
  declared: Options,
  words: readonly string[],
): Record<string, unknown> | { faults: string[] } {
  const { given, faults } = tokensOf(declared, words)
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(declared)) {
    const results = (given.get(name) ?? [null]).map(text => readOption(option, text))
    for (const result of results) {
      if ('fault' in result) faults.push(`--${name}: ${result.fault}; expected ${option.expected}`)
    }
    const found = results.flatMap(result => ('value' in result ? [result.value] : []))
    values[name] = option.repeats ? found.flat() : found[0]
  }
  return faults.length > 0 ? { faults } : values
}

/** The texts of each option given; undefined where there is none. */
function tokensOf(declared: Options, words: readonly string[]) {
  const options = Object.entries(declared).map(
    ([name, { takes }]) => [name, { type: takes ? 'string' : 'boolean' } as const] as const,
  )
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(options),
    ...{ allowPositionals: true, strict: false, tokens: true },
  })
  const faults: string[] = []
  const given = new Map<string, (string | undefined)[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`"${token.value}" is not expected here`)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(declared, token.name)) faults.push(`${token.rawName}: there is no such option`)
    else if (given.has(token.name) && !declared[token.name]?.repeats) faults.push(`--${token.name}: is given twice`)
    const isNextOption = token.inlineValue === false && token.value.startsWith('-')
    given.set(token.name, [...(given.get(token.name) ?? []), isNextOption ? undefined : token.value])
  }
  return { given, faults }
}

/** @param text null: it isn't given */
function readOption(
  { takes, absent, read }: Option<unknown>,
  text: string | undefined | null,
): { value: unknown } | { fault: string } {
  if (text === null) return absent ?? { fault: 'is missing' }
  if (takes && text === undefined) return { fault: 'has no value' }
  return read(text ?? '') ?? { fault: `is "${text}"` }
}
