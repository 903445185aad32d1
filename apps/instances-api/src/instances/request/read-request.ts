import type { Connector, Connectors } from '#connectors'
import { mask, vendorCredentialKeys, type Configuration, type ExternalAuthentication, type Instance } from '#instances'
import { findElement, unknownElement } from '../../elements/find-element.js'
import type { Refusal } from '../../errors/refusal.js'
import { isMasked, reportConfigurationFaults, usesOAuth } from './configuration-faults.js'
import { configurationText, reportUnstorable } from './configuration-text.js'
import type { CallbackRules } from './event-faults.js'
import { Faults, placeOf, quoted } from './faults.js'
import {
  ChangeInstanceRequest,
  CreateInstanceRequest,
  ReplaceInstanceRequest,
  type InstanceParts,
} from './instance-request.dto.js'
import { reportPlaceholders } from './placeholders.js'
import { readShape } from './shape.js'

/** What a request asks an instance to be, with nothing wrong in it. */
export interface Wanted {
  kind: 'wanted'
  connector: Connector
  name: string
  tags: readonly string[]
  configuration: Configuration
  externalAuthentication: ExternalAuthentication
  /** The vendor's authorization code, to be exchanged for tokens. */
  code: string | null
}

export type Reading = Wanted | Extract<Refusal, { kind: 'invalid' | 'not-found' }>

/** Reads the body of `POST /instances`. A refusal has every fault, but an unknown element comes before all others. */
export function readCreation(body: unknown, connectors: Connectors, rules: CallbackRules): Reading {
  const faults = new Faults()
  const request = readShape(CreateInstanceRequest, body, faults)
  if (!request) return invalid(faults)
  const keyOrId = request.element?.key ?? request.element?.id
  if (typeof keyOrId !== 'string' && typeof keyOrId !== 'number') {
    faults.add('element', 'names no element; write {"key": "intercom"}')
    return invalid(faults)
  }
  const connector = findElement(connectors, String(keyOrId))
  if (!connector) return { kind: 'not-found', message: unknownElement(connectors, String(keyOrId)) }
  const configuration = {
    'event.notification.enabled': 'false',
    ...configurationText(given(request.configuration)),
  }
  const code = readCode(request, connector, faults)
  const isInitial = request.externalAuthentication === 'initial'
  if (usesOAuth(connector) && code === null && !isInitial && !faults.about('providerData')) {
    reportNoWayIn(configuration, connector, faults)
  }
  const externalAuthentication = externalOf(request, 'none', code)
  const tags = tagsOf(request)
  return finish({ connector, name: request.name, tags, configuration, externalAuthentication, code }, rules, faults)
}

/** Reads the body of `PATCH /instances/{id}` over what is stored: keys are merged, tags replaced. */
export function readChange(body: unknown, current: Instance, connector: Connector, rules: CallbackRules): Reading {
  const faults = new Faults()
  const request = readShape(ChangeInstanceRequest, body, faults)
  if (!request) return invalid(faults)
  reportOtherId(request.id, current, faults)
  reportOtherElement(request.element, connector, faults)
  const changes = unmasked(configurationText(given(request.configuration)), current, connector)
  const configuration = { ...current.configuration, ...changes }
  const tags = request.tags === undefined || request.tags === null ? current.tags : tagsOf(request)
  const code = readCode(request, connector, faults)
  const externalAuthentication = externalOf(request, current.externalAuthentication, code)
  const name = request.name ?? current.name
  return finish({ connector, name, tags, configuration, externalAuthentication, code }, rules, faults, current)
}

/** Reads the body of `PUT /instances/{id}`: what it leaves out is gone, but for what opens the vendor's API. */
export function readReplacement(body: unknown, current: Instance, connector: Connector, rules: CallbackRules): Reading {
  const faults = new Faults()
  const request = readShape(ReplaceInstanceRequest, body, faults)
  if (!request) return invalid(faults)
  reportOtherId(request.id, current, faults)
  reportOtherElement(request.element, connector, faults)
  if (request.configuration === undefined || request.configuration === null) {
    faults.add('configuration', 'is missing; write all of it, as GET shows it: what PUT leaves out is gone')
  }
  const kept = Object.fromEntries(
    Object.entries(current.configuration).filter(([key]) => vendorCredentialKeys.has(key)),
  )
  const configuration = {
    'event.notification.enabled': 'false',
    ...kept,
    ...unmasked(configurationText(given(request.configuration)), current, connector),
  }
  const code = readCode(request, connector, faults)
  const externalAuthentication = externalOf(request, current.externalAuthentication, code)
  const tags = tagsOf(request)
  return finish(
    { connector, name: request.name, tags, configuration, externalAuthentication, code },
    rules,
    faults,
    current,
  )
}

function finish(wanted: Omit<Wanted, 'kind'>, rules: CallbackRules, faults: Faults, current?: Instance): Reading {
  const { name, tags, configuration, connector } = wanted
  reportNoTokens(wanted, faults)
  reportText(name, ['name'], faults)
  tags.forEach((tag, at) => reportText(tag, ['tags', at], faults))
  reportConfigurationFaults(configuration, connector, rules, faults, current?.configuration)
  return faults.lines.length > 0 ? invalid(faults) : { kind: 'wanted', ...wanted }
}

function invalid(faults: Faults): Reading {
  return { kind: 'invalid', faults: faults.lines }
}

function reportText(text: unknown, path: readonly (string | number)[], faults: Faults): void {
  if (typeof text !== 'string') return
  reportUnstorable(text, path, faults)
  reportPlaceholders(text, path, faults)
}

/** The authorization code, where the element has a use for one: samples give one to elements that don't. */
function readCode({ providerData }: InstanceParts, connector: Connector, faults: Faults): string | null {
  const code = given(providerData)['code']
  if (!usesOAuth(connector) || code === undefined || code === null || code === '') return null
  const place = ['providerData', 'code']
  if (typeof code !== 'string') faults.add(placeOf(place), `${quoted(code)} is not a text; write the vendor's code`)
  else reportText(code, place, faults)
  return typeof code === 'string' ? code : null
}

function reportNoWayIn(configuration: Configuration, connector: Connector, faults: Faults): void {
  if (configuration['oauth.user.token'] || (connector.refreshes && configuration['oauth.user.refresh_token'])) return
  faults.add(
    'providerData.code',
    `is missing; write the code that ${connector.definition.name} gave to the callback URL, or ` +
      'an access token as configuration."oauth.user.token"',
  )
}

/** A code that is exchanged takes the place of what was brought. */
function externalOf(
  { externalAuthentication }: InstanceParts,
  before: ExternalAuthentication,
  code: string | null,
): ExternalAuthentication {
  const asked =
    externalAuthentication === 'initial' || externalAuthentication === 'none' ? externalAuthentication : null
  return asked ?? (code === null ? before : 'none')
}

/** Whoever says that they have the vendor's tokens has to bring them. */
function reportNoTokens(
  { connector, configuration, externalAuthentication, code }: Omit<Wanted, 'kind'>,
  faults: Faults,
) {
  if (externalAuthentication !== 'initial' || code !== null || !usesOAuth(connector)) return
  const { definition, refreshes } = connector
  const useful = ['oauth.user.token', ...(refreshes ? ['oauth.user.refresh_token'] : [])]
  if (useful.some(key => configuration[key]) || faults.about('providerData.code')) return
  const place = (key: string) => placeOf(['configuration', key])
  faults.add(
    place(refreshes ? 'oauth.user.refresh_token' : 'oauth.user.token'),
    `is missing, and "externalAuthentication" is "initial"; write ` +
      (refreshes
        ? `the refresh token that ${definition.name} gave, or an access token as ${place('oauth.user.token')}`
        : `an access token (those of ${definition.name} aren't renewed)`),
  )
}

function reportOtherId(id: unknown, current: Instance, faults: Faults): void {
  const isOwn = (typeof id === 'number' || typeof id === 'string') && String(id) === String(current.id)
  if (id === undefined || id === null || isOwn) return
  faults.add('id', `${quoted(id)} is not the instance's, which is ${current.id}; leave it out`)
}

function reportOtherElement(
  element: { key?: string; id?: string | number } | null | undefined,
  connector: Connector,
  faults: Faults,
): void {
  const { key, id } = element ?? {}
  const { key: ownKey, definition } = connector
  if ((key === undefined || key === ownKey) && (id === undefined || String(id) === String(definition.id))) return
  faults.add('element', `an instance stays one of ${quoted(ownKey)}; create a new one for another element`)
}

/** A mask that comes back means what is stored. */
function unmasked(configuration: Configuration, current: Instance, connector: Connector): Configuration {
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => {
      const stored = current.configuration[key]
      return [key, value === mask && stored !== undefined && isMasked(key, connector) ? stored : value]
    }),
  )
}

function given(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function tagsOf({ tags }: InstanceParts): readonly string[] {
  return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : []
}
