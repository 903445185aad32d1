import type { Definition, IdentifyStep, Site } from '../definition.js'
import type { IdentityOutcome, VendorHttp, VendorIdentity } from '../session.js'
import { ask, type Vendor } from './answer.js'
import { asText, at, isMembers, textAt } from './path.js'
import { sessionLookup, sessionRequest, siteNamed, SiteAddressError, withBase } from './session-scope.js'
import { fill, MissingValueError } from './template.js'

export interface Identification {
  definition: Definition
  vendor: Vendor
  base: string | undefined
  configuration: Record<string, string | null>
  http: VendorHttp
}

/**
 * Whose account the credentials open. Without a configured site, a token that one site refuses is tried at the others:
 * a pasted token doesn't say which region it is of.
 */
export async function identify(of: Identification): Promise<IdentityOutcome> {
  const sites = sitesToTry(of)
  if (!Array.isArray(sites)) return sites
  let outcome: IdentityOutcome | null = null
  for (const site of sites) {
    const here = await identifyAt(of, site)
    if (here.kind === 'identified') return here
    outcome ??= here
    // One that couldn't be asked might have known the token.
    if (here.kind === 'unavailable') return here
    if (here.status !== 401) return outcome
  }
  return outcome ?? { kind: 'refused', status: 0, message: `${of.definition.name} has no site` }
}

function sitesToTry({ definition, base, configuration }: Identification): Site[] | IdentityOutcome {
  const address = configuration.siteAddress ?? ''
  try {
    if (address !== '') return [siteNamed(definition, address)]
  } catch (error) {
    if (error instanceof SiteAddressError) return { kind: 'refused', status: 0, message: error.message }
    throw error
  }
  const urls = definition.api.sites.map(site => withBase(site.api, base))
  return definition.api.sites.filter((_, index) => urls.indexOf(urls[index] ?? '') === index)
}

async function identifyAt(of: Identification, site: Site): Promise<IdentityOutcome> {
  const identity: VendorIdentity = { variables: { site: site.name } }
  for (const step of of.definition.identify ?? []) {
    const failed = await take(of, site, step, identity)
    if (failed) return failed
  }
  return { kind: 'identified', identity }
}

type Failed = Exclude<IdentityOutcome, { kind: 'identified' }>

async function take(
  of: Identification,
  site: Site,
  step: IdentifyStep,
  identity: VendorIdentity,
): Promise<Failed | null> {
  const { definition, vendor, base, configuration, http } = of
  const lookup = sessionLookup(definition, { configuration, identity })
  let request
  try {
    const url = withBase(site.api, base).replace(/\/$/, '') + fill(step.path, lookup, encodeURIComponent)
    request = sessionRequest(definition, lookup, url, 'GET', { query: {}, body: null })
  } catch (error) {
    if (!(error instanceof MissingValueError)) throw error
    return { kind: 'refused', status: 0, message: `${definition.name} can't be asked: ${error.message}` }
  }
  const answered = await ask(vendor, request, http)
  if (answered.kind === 'refusal') {
    const { kind, message } = answered.failure
    if (kind === 'unavailable' || kind === 'throttled') return { kind: 'unavailable', message }
    return { kind: 'refused', status: answered.status, message }
  }
  const chosen = choose(of, step, answered.value)
  return 'kind' in chosen ? chosen : learn(of, step, chosen.item, identity)
}

function choose(
  { definition, configuration }: Identification,
  step: IdentifyStep,
  answer: unknown,
): { item: unknown } | Failed {
  if (step.items === undefined) return { item: answer }
  const list = at(answer, step.items)
  const picked = Object.entries(step.chosenBy ?? {}).flatMap(([member, key]) =>
    configuration[key] ? [[member, configuration[key]] as const] : [],
  )
  const wanted = [...Object.entries(step.where ?? {}), ...picked]
  const item = (Array.isArray(list) ? (list as unknown[]) : []).find(
    each => isMembers(each) && wanted.every(([member, value]) => asText(each[member]) === String(value)),
  )
  if (item !== undefined) return { item }
  const terms = wanted.map(([member, value]) => `${member} ${String(value)}`).join(' and ')
  const message = `${definition.name} shows no ${step.items}${terms === '' ? '' : ` with ${terms}`} at ${step.path}`
  return { kind: 'refused', status: 200, message }
}

function learn(
  { definition }: Identification,
  step: IdentifyStep,
  item: unknown,
  identity: VendorIdentity,
): Failed | null {
  for (const [name, path] of Object.entries(step.variables ?? {})) {
    const value = textAt(item, [path])
    if (value === null)
      return { kind: 'unavailable', message: `${definition.name} answered ${step.path} without "${path}"` }
    identity.variables[name] = value
  }
  const [workspace, timeZone, site] = [step.workspace, step.timeZone, step.site].map(path =>
    path === undefined ? null : textAt(item, [path]),
  )
  if (workspace) identity.workspace = workspace
  if (timeZone && isTimeZone(timeZone)) identity.timeZone = timeZone
  if (site && definition.api.sites.some(({ name }) => name === site)) identity.variables.site = site
  return null
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
