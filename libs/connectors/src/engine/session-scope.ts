import type { Definition, Site } from '../definition.js'
import type { VendorRequest, VendorSession } from '../session.js'
import { fill, fillMembers, type Lookup } from './template.js'
import type { Draft } from './paging.js'

/** Names in templates: what `identify` found first, so that no configuration can stand in for it; then configuration. */
export function sessionLookup(definition: Definition, session: VendorSession): Lookup {
  return name => {
    if (Object.hasOwn(session.identity.variables, name)) return session.identity.variables[name]
    const configured = Object.hasOwn(session.configuration, name) ? session.configuration[name] : null
    if (configured !== null && configured !== undefined && configured !== '') return configured
    return definition.fields.find(field => field.key === name)?.default
  }
}

/** `siteAddress` is none of the definition's. */
export class SiteAddressError extends Error {
  override readonly name = 'SiteAddressError'
}

/** The site that a client means. @throws SiteAddressError */
export function siteNamed(definition: Definition, address: string): Site {
  const wanted = bare(address)
  const site = definition.api.sites.find(each =>
    [each.name, ...(each.addresses ?? [])].some(name => bare(name) === wanted),
  )
  if (site) return site
  throw new SiteAddressError(
    `siteAddress: "${address}" is unknown to ${definition.name}; expected one of ${siteAddresses(definition).join(', ')}`,
  )
}

/** The names that `siteAddress` can have. */
export function siteAddresses(definition: Definition): string[] {
  return definition.api.sites.flatMap(site => [site.name, ...(site.addresses ?? [])])
}

/** The site that an instance is at: what the vendor said, else what is configured, else the first. */
export function siteOf(definition: Definition, session: VendorSession): Site {
  for (const address of [session.identity.variables.site, session.configuration.siteAddress]) {
    if (address === undefined || address === null || address === '') continue
    const site = definition.api.sites.find(each =>
      [each.name, ...(each.addresses ?? [])].some(name => bare(name) === bare(address)),
    )
    if (site) return site
  }
  return definition.api.sites[0]
}

/** The URL with the operator's stand-in for scheme, host and port; the path is kept. */
export function withBase(url: string, base: string | undefined): string {
  if (base === undefined) return url
  const { pathname, search } = new URL(url)
  return new URL(base).origin + pathname.replace(/\/$/, '') + search
}

/** A request of the session: its headers, credentials among them. @throws MissingValueError */
export function sessionRequest(
  definition: Definition,
  lookup: Lookup,
  url: string,
  method: 'GET' | 'POST',
  draft: Draft,
): VendorRequest {
  const target = new URL(url)
  for (const [name, value] of Object.entries(draft.query)) target.searchParams.set(name, value)
  const headers = {
    ...(fillMembers(definition.api.headers ?? {}, lookup) as Record<string, string>),
    ...credentials(definition, lookup),
  }
  const body = draft.body === null ? {} : { body: JSON.stringify(draft.body) }
  return { method, url: target.href, headers: withoutLineBreaks(headers), ...body }
}

function credentials(definition: Definition, lookup: Lookup): Record<string, string> {
  const { headers, basic } = definition.authentication
  const filled = fillMembers(headers ?? {}, lookup) as Record<string, string>
  if (!basic) return filled
  const pair = `${fill(basic.username, lookup)}:${fill(basic.password, lookup)}`
  return { ...filled, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function withoutLineBreaks(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(/[\r\n\0]/g, '')]))
}

function bare(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
}
