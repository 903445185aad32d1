import type { JsonTemplate, Template } from '../definition.js'
import { asText } from './path.js'

/** What a name in a template stands for; undefined: nothing. */
export type Lookup = (name: string) => unknown

/** A template names something that there is no value for. */
export class MissingValueError extends Error {
  override readonly name = 'MissingValueError'
  constructor(readonly missing: string) {
    super(`there is no value for "${missing}"`)
  }
}

const nameInBraces = /\{([^{}]+)\}/g

/** The names that a template uses. */
export function namesOf(template: Template): string[] {
  return [...template.matchAll(nameInBraces)].map(match => match[1] ?? '')
}

/**
 * Fills in a text; `encode` is applied to what is filled in.
 * @throws MissingValueError
 */
export function fill(template: Template, lookup: Lookup, encode: (text: string) => string = text => text): string {
  return template.replace(nameInBraces, (_, name: string) => {
    const value = lookup(name)
    const text = Array.isArray(value) ? value.join(',') : (asText(value) ?? (value === '' ? '' : null))
    if (text === null) throw new MissingValueError(name)
    return encode(text)
  })
}

/**
 * Fills in JSON: a text that is wholly one name becomes the value with its type. Members' names are templates too.
 * @throws MissingValueError
 */
export function fillJson(template: JsonTemplate, lookup: Lookup): JsonTemplate {
  if (typeof template === 'string') return fillText(template, lookup)
  if (Array.isArray(template)) return template.map(item => fillJson(item, lookup))
  return template !== null && typeof template === 'object' ? fillMembers(template, lookup) : template
}

/** @throws MissingValueError */
export function fillMembers(
  template: { [member: string]: JsonTemplate },
  lookup: Lookup,
): { [member: string]: JsonTemplate } {
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => [fill(name, lookup), fillJson(value, lookup)]),
  )
}

function fillText(template: string, lookup: Lookup): JsonTemplate {
  const whole = /^\{([^{}]+)\}$/.exec(template)?.[1]
  if (whole === undefined) return fill(template, lookup)
  const value = lookup(whole)
  if (value === undefined) throw new MissingValueError(whole)
  return value as JsonTemplate
}
