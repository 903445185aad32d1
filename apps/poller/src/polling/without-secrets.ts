import { isEncrypted, mask, type Configuration } from '#instances'
import type { Outcome } from './core/outcome.js'

/** Shorter ones would mask what merely looks like them. */
const shortest = 6

/** The outcome with none of the instance's secrets in its words, which a vendor may repeat: they go to the log and the API. */
export function withoutSecrets(outcome: Outcome, configuration: Configuration): Outcome {
  const hide = hiding(configuration)
  const reports = outcome.reports.map(hide)
  return 'why' in outcome ? { ...outcome, why: hide(outcome.why), reports } : { ...outcome, reports }
}

function hiding(configuration: Configuration): (text: string) => string {
  const secrets = Object.entries(configuration)
    .flatMap(([key, value]) => (value !== null && isEncrypted(key) ? [value, encodeURIComponent(value)] : []))
    .filter(({ length }) => length >= shortest)
    .sort((one, other) => other.length - one.length)
  return text => secrets.reduce((shown, secret) => shown.replaceAll(secret, mask), text)
}
