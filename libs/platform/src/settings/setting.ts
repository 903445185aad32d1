import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** What a process is started as. `tool` is a command that runs and ends: migrations, accounts, key rotation. */
export const roles = ['all-in-one', 'instances-api', 'webhook-gateway', 'poller', 'dispatcher', 'tool'] as const
export type Role = (typeof roles)[number]

/** One setting: all that the reader, the masked print-out and the document need to know of it. */
export interface Setting<T> {
  name: string
  type: string
  /** What it is where it isn't set, in words. */
  absent: string
  meaning: string
  /** Never shown. */
  secret: boolean
  fallback(role: Role): T
  /** @throws Expectation where `text` isn't one */
  parse(text: string): T
}

/** What a setting's value should have been, as the end of a sentence that begins with its name: "must be …". */
export class Expectation extends Error {}

interface Bounds {
  min?: number
  max?: number
}

interface Shape {
  /** What the whole value must match. */
  pattern: RegExp
  /** The pattern in words: "must be …". */
  expected: string
}

/** Text with a default. */
export function text(name: string, fallback: string, meaning: string, shape?: Shape): Setting<string> {
  const parse = (value: string) => (shape ? matching(value, shape) : value)
  return setting({ name, type: 'text', absent: `\`${fallback}\``, meaning, fallback: () => fallback, parse })
}

/** Text that may be missing; `absent` says what holds then. */
export function optionalText(name: string, absent: string, meaning: string): Setting<string | undefined> {
  return setting({ name, type: 'text', absent, meaning, fallback: () => undefined, parse: value => value })
}

/** A secret that may be missing. */
export function optionalSecret(name: string, absent: string, meaning: string): Setting<string | undefined> {
  return { ...optionalText(name, absent, meaning), type: 'secret', secret: true }
}

/** A whole number. */
export function integer(
  name: string,
  fallback: number | Partial<Record<Role, number>>,
  meaning: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {},
): Setting<number> {
  const perRole = typeof fallback === 'number' ? {} : fallback
  const absent = typeof fallback === 'number' ? `\`${fallback}\`` : entries(fallback)
  const range = max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`
  return setting({
    name,
    type: range,
    absent,
    meaning,
    fallback: role => (typeof fallback === 'number' ? fallback : (perRole[role] ?? min)),
    parse(value) {
      const number = Number(value)
      if (!/^-?\d+$/.test(value) || number < min || number > max) throw new Expectation(`must be ${range}`)
      return number
    },
  })
}

/** `true` or `false`. */
export function flag(name: string, fallback: boolean, meaning: string): Setting<boolean> {
  return setting({
    name,
    type: '`true` or `false`',
    absent: `\`${fallback}\``,
    meaning,
    fallback: () => fallback,
    parse(value) {
      if (value !== 'true' && value !== 'false') throw new Expectation('must be true or false')
      return value === 'true'
    },
  })
}

/** One of a few words. */
export function choice<Word extends string>(
  name: string,
  words: readonly Word[],
  fallback: NoInfer<Word>,
  meaning: string,
): Setting<Word>
export function choice<Word extends string>(
  name: string,
  words: readonly Word[],
  fallback: undefined,
  meaning: string,
): Setting<Word | undefined>
export function choice<Word extends string>(
  name: string,
  words: readonly Word[],
  fallback: Word | undefined,
  meaning: string,
): Setting<Word | undefined> {
  return setting({
    name,
    type: words.map(word => `\`${word}\``).join(', '),
    absent: fallback ? `\`${fallback}\`` : 'unset',
    meaning,
    fallback: () => fallback,
    parse(value) {
      const word = words.find(candidate => candidate === value)
      if (!word) throw new Expectation(`must be one of ${words.join(', ')}`)
      return word
    },
  })
}

/** An address that may be missing. A password within it is never shown. */
export function optionalUrl(
  name: string,
  schemes: readonly string[],
  absent: string,
  meaning: string,
): Setting<string | undefined> {
  const expected = `must be a URL that starts with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`
  return setting({
    name,
    type: 'URL',
    absent,
    meaning,
    fallback: () => undefined,
    parse(value) {
      const scheme = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : ''
      if (!schemes.includes(scheme)) throw new Expectation(expected)
      return value
    },
  })
}

/** Values between commas; blanks around them are dropped. */
export function list(name: string, meaning: string, shape: Shape): Setting<string[]> {
  const parse = (value: string) => split(value).map(item => matching(item, shape))
  return setting({ name, type: 'comma-separated', absent: 'empty', meaning, fallback: () => [], parse })
}

/** Subnets between commas, as CIDR; a single address is a subnet of one. */
export function subnets(name: string, fallback: readonly string[], meaning: string): Setting<string[]> {
  return setting({
    name,
    type: 'subnets (CIDR), comma-separated',
    absent: fallback.length > 0 ? `\`${fallback.join(',')}\`` : 'empty',
    meaning,
    fallback: () => [...fallback],
    parse: value => split(value).map(subnet),
  })
}

/** `id:base64` pairs of 256-bit keys between commas. */
export function keys(name: string, absent: string, meaning: string): Setting<{ id: string; key: Buffer }[]> {
  return {
    ...setting({ name, type: '`id:base64` pairs, comma-separated', absent, meaning, fallback: () => [], parse: pairs }),
    secret: true,
  }
}

function pairs(value: string): { id: string; key: Buffer }[] {
  const found = split(value).map(pair => {
    const [, id = '', encoded = ''] = /^([\w.-]{1,64}):([\w+/-]+={0,2})$/.exec(pair) ?? []
    const key = Buffer.from(encoded, 'base64')
    if (!id || key.length !== 32) {
      throw new Expectation('must be id:base64 pairs of 32-byte keys, made by: openssl rand -base64 32')
    }
    return { id, key }
  })
  if (new Set(found.map(({ id }) => id)).size < found.length) throw new Expectation('must name each key id once')
  return found
}

function subnet(value: string): string {
  const cidr = isIP(value) ? `${value}/${isIP(value) === 4 ? 32 : 128}` : value
  if (!ipaddr.isValidCIDR(cidr)) throw new Expectation('must be subnets like 10.0.0.0/8 or fd00::/8')
  return cidr
}

function matching(value: string, { pattern, expected }: Shape): string {
  if (!pattern.test(value)) throw new Expectation(`must be ${expected}`)
  return value
}

function split(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
}

function entries(values: Partial<Record<Role, number>>): string {
  return Object.entries(values)
    .map(([role, value]) => `${role} \`${value}\``)
    .join(', ')
}

function setting<T>(fields: Omit<Setting<T>, 'secret'>): Setting<T> {
  return { ...fields, secret: false }
}
