import type { Connector } from '#connectors'
import { isEncrypted, readFinder } from '#instances'
import { quoted } from './faults.js'

/** What is wrong with `event.notification.instance.finder`; null where instances can be found by it. */
export function finderFault(value: string, { fields }: Pick<Connector, 'fields'>): string | null {
  const finder = readFinder(value)
  if (!finder) {
    const example = 'github.organization|organization.login'
    return `${quoted(value)} is no finder; write <configuration key>|<path in the body>, such as ${example}`
  }
  const isSecret = isEncrypted(finder.key) || fields.some(field => field.key === finder.key && field.secret)
  return isSecret ? `names ${quoted(finder.key)}, which is kept encrypted and not compared; write another key` : null
}
