import type { Definition, OAuth2Definition, Site } from '../definition.js'
import type { CodeExchange, OAuthStart, TokenOutcome, TokenRefresh, VendorHttp } from '../session.js'
import { ask, errorsOf, type Vendor } from './answer.js'
import { textAt } from './path.js'
import { siteNamed, withBase } from './session-scope.js'
import { fill, namesOf } from './template.js'

/** The element has no OAuth. */
export class OAuthUnsupportedError extends Error {
  override readonly name = 'OAuthUnsupportedError'
}

export interface OAuthVendor {
  definition: Definition
  vendor: Vendor
  /** The operator's stand-in for scheme, host and port. */
  base: string | undefined
}

/** Where a person grants access. @throws SiteAddressError, OAuthUnsupportedError */
export function authorizeUrl({ definition, base }: OAuthVendor, start: OAuthStart): string {
  const oauth = oauthOf(definition)
  const site = siteFor(definition, start.siteAddress)
  const values: Record<string, string | undefined> = { ...start }
  const url = new URL(withBase(site.authorize ?? '', base))
  for (const [name, template] of Object.entries(oauth.authorize)) {
    const names = namesOf(template)
    if (names.length === 0 || names.some(each => values[each]))
      url.searchParams.set(
        name,
        fill(template, n => values[n] ?? ''),
      )
  }
  return url.href
}

/** Tokens for the code that a person's grant gave. @throws SiteAddressError, OAuthUnsupportedError */
export async function exchangeCode(of: OAuthVendor, exchange: CodeExchange, http: VendorHttp): Promise<TokenOutcome> {
  const oauth = oauthOf(of.definition)
  const { code, apiKey, apiSecret, callbackUrl } = exchange
  const site = siteFor(of.definition, exchange.siteAddress)
  return tokens(of, oauth, site, oauth.token.parameters, { code, apiKey, apiSecret, callbackUrl }, http)
}

/** New tokens for a refresh token. @throws SiteAddressError, OAuthUnsupportedError */
export async function refreshTokens(of: OAuthVendor, refresh: TokenRefresh, http: VendorHttp): Promise<TokenOutcome> {
  const oauth = oauthOf(of.definition)
  if (!oauth.refresh)
    return {
      kind: 'refused',
      status: 0,
      message: `${of.definition.name} has no refresh tokens: connect the account again`,
    }
  const { refreshToken, apiKey, apiSecret } = refresh
  const site = siteFor(of.definition, refresh.siteAddress)
  return tokens(of, oauth, site, oauth.refresh.parameters, { refreshToken, apiKey, apiSecret }, http)
}

async function tokens(
  { definition, vendor, base }: OAuthVendor,
  oauth: OAuth2Definition,
  site: Site,
  templates: Record<string, string>,
  values: Record<string, string>,
  http: VendorHttp,
): Promise<TokenOutcome> {
  const parameters = Object.fromEntries(
    Object.entries(templates).map(([name, template]) => [name, fill(template, each => values[each] ?? '')]),
  )
  const form = oauth.token.encoding === 'form'
  const request = {
    method: 'POST',
    url: withBase(site.token ?? '', base),
    headers: {
      accept: 'application/json',
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: form ? new URLSearchParams(parameters).toString() : JSON.stringify(parameters),
  }
  const answered = await ask(vendor, request, http)
  if (answered.kind === 'refusal') {
    const { kind, message } = answered.failure
    if (kind === 'unavailable' || kind === 'throttled') return { kind: 'unavailable', message }
    return { kind: 'refused', status: answered.status, message }
  }
  const accessToken = textAt(answered.value, oauth.token.accessToken)
  if (accessToken === null) {
    const words = errorsOf(definition.api.errors, answered.value).words || 'no access token'
    return { kind: 'refused', status: answered.status, message: `${definition.name} answered: ${words}` }
  }
  const refreshToken = textAt(answered.value, oauth.token.refreshToken ?? [])
  const seconds = Number(textAt(answered.value, oauth.token.expiresIn ?? []) ?? NaN)
  return {
    kind: 'tokens',
    accessToken,
    ...(refreshToken !== null && { refreshToken }),
    ...(Number.isFinite(seconds) && { expiresInSeconds: seconds }),
  }
}

function oauthOf(definition: Definition): OAuth2Definition {
  if (definition.authentication.oauth2) return definition.authentication.oauth2
  throw new OAuthUnsupportedError(`${definition.name} doesn't authenticate by OAuth`)
}

function siteFor(definition: Definition, address: string | undefined): Site {
  return address === undefined || address === '' ? definition.api.sites[0] : siteNamed(definition, address)
}
