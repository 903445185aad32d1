import type { Configuration } from '#instances'
import { placeOf, type Faults } from './faults.js'

/** Names that documented samples misspell. */
const aliases: Readonly<Record<string, string>> = {
  'oauth.user.refresher_time': 'oauth.user.refresh_time',
  'oauth.user.refresher_token': 'oauth.user.refresh_token',
  'oauth.user.refresher_interval': 'oauth.user.refresh_interval',
}

/**
 * A request's configuration as it is kept: every value a text or null. Booleans and numbers become their texts, objects
 * their JSON; documented samples write each either way. Unknown keys are kept.
 */
export function configurationText(given: Readonly<Record<string, unknown>>): Configuration {
  const entries = Object.entries(given).map(([key, value]): [string, string | null] => [
    key,
    value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const spelled = new Map(entries.filter(([key]) => !Object.hasOwn(aliases, key)))
  for (const [key, value] of entries) {
    const meant = Object.hasOwn(aliases, key) ? aliases[key] : undefined
    if (meant !== undefined && (spelled.get(meant) ?? null) === null) spelled.set(meant, value)
  }
  return Object.fromEntries(spelled)
}

/** What PostgreSQL can't hold: NUL, and halves of surrogate pairs. */
export function reportUnstorable(text: string, path: readonly (string | number)[], faults: Faults): void {
  if (/\0|\p{Surrogate}/u.test(text)) {
    faults.add(placeOf(path), 'has a NUL or half of a surrogate pair in it, which is no text; leave it out')
  }
}
