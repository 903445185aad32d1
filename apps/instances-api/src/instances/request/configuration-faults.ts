import type { Connector } from '#connectors'
import { mask, maskedKeys, mayBeSecret, type Configuration } from '#instances'
import { reportCallbackTlsFaults } from './callback-tls-faults.js'
import { reportUnstorable } from './configuration-text.js'
import { reportEventFaults, type CallbackRules } from './event-faults.js'
import { placeOf, quoted, type Faults } from './faults.js'
import { reportPlaceholders } from './placeholders.js'
import { reportPollerFaults } from './poller-faults.js'

/** Reports everything that is wrong with a whole configuration; `before` is the one that it takes the place of. */
export function reportConfigurationFaults(
  configuration: Configuration,
  connector: Connector,
  rules: CallbackRules,
  faults: Faults,
  before: Configuration = {},
): void {
  for (const [key, value] of Object.entries(configuration)) {
    const path = ['configuration', key]
    reportUnstorable(key, path, faults)
    if (value === null) continue
    reportUnstorable(value, path, faults)
    reportPlaceholders(value, path, faults)
    if (value === mask && isMasked(key, connector)) {
      faults.add(
        placeOf(path),
        `${quoted(mask)} stands for a value that is stored, and none is; write the value itself`,
      )
    }
  }
  reportMissing(configuration, connector, faults)
  reportFlags(configuration, connector, faults)
  reportSite(configuration, connector, faults)
  reportEventFaults(configuration, connector, rules, faults)
  reportCallbackTlsFaults(configuration, before, faults)
  reportPollerFaults(configuration, connector, faults)
}

/** Whether a value is shown as `********`. */
export function isMasked(key: string, connector: Connector | undefined): boolean {
  if (maskedKeys.has(key)) return true
  return connector ? connector.fields.some(field => field.key === key && field.secret) : mayBeSecret(key)
}

export function usesOAuth(connector: Connector): boolean {
  return connector.definition.authentication.type === 'oauth2'
}

function reportMissing(configuration: Configuration, connector: Connector, faults: Faults): void {
  // Whoever brings an access token needs no OAuth application of their own.
  const hasToken = isSet(configuration['oauth.user.token'])
  for (const { key, label, required } of connector.fields) {
    if (!required || isSet(configuration[key]) || (hasToken && key.startsWith('oauth.'))) continue
    faults.add(placeOf(['configuration', key]), `is missing; ${connector.definition.name} needs it (${label})`)
  }
}

function reportFlags(configuration: Configuration, connector: Connector, faults: Faults): void {
  for (const { key, type } of connector.fields) {
    const value = configuration[key]
    if (type !== 'BOOLEAN' || !isSet(value) || value === 'true' || value === 'false') continue
    faults.add(placeOf(['configuration', key]), `${quoted(value)} is neither true nor false`)
  }
}

function reportSite({ siteAddress }: Configuration, connector: Connector, faults: Faults): void {
  if (!isSet(siteAddress)) return
  const bare = (address: string) =>
    address
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/, '')
  const known = connector.siteAddresses
  if (known.some(address => bare(address) === bare(siteAddress))) return
  faults.add('configuration.siteAddress', `${quoted(siteAddress)} is none of ${known.join(', ')}`)
}

function isSet(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value.trim() !== ''
}
