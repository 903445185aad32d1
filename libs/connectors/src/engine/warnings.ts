import type { Failure } from '../outcomes.js'
import type { Answer, Vendor } from './answer.js'
import { asText, at } from './path.js'

/**
 * The warnings of a 200. One that says that a filter was ignored makes the answer useless, since it holds what nobody
 * asked for; so does any where the list itself is missing.
 * @param asked names of the parameters that limit or order the answer
 */
export function warningsOf(
  vendor: Vendor,
  answer: Answer,
  asked: readonly string[],
  hasList: boolean,
): { kind: 'fine'; texts: string[] } | Extract<Failure, { kind: 'rejected' }> {
  const texts = textsOf(vendor.api.warnings === undefined ? undefined : at(answer.value, vendor.api.warnings.path))
  const ignored = vendor.api.warnings?.filterIgnored
  const pattern = ignored === undefined ? null : new RegExp(ignored, 'i')
  const about = texts.filter(text => mentions(text, asked) || (asked.length > 0 && pattern?.test(text) === true))
  const bad = hasList ? about : texts
  if (bad.length === 0) return { kind: 'fine', texts }
  return { kind: 'rejected', status: answer.status, message: `${vendor.name} warned: ${bad.join('; ')}` }
}

function textsOf(found: unknown): string[] {
  const list: unknown[] = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]
  return list.map(item => asText(item) ?? JSON.stringify(item))
}

function mentions(text: string, names: readonly string[]): boolean {
  return names.some(name => new RegExp(`(?<!\\w)${name.replace(/\W/g, '\\$&')}(?!\\w)`, 'i').test(text))
}
