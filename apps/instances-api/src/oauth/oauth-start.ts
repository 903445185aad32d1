import { SiteAddressError, type Connector } from '#connectors'
import { Refused } from '../errors/refusal.js'

export type Parameters = Readonly<Record<string, unknown>>

/**
 * The vendor's page that asks for access, from a query or a body.
 * @throws Refused (invalid), every fault at once
 */
export function readOAuthStart(connector: Connector, parameters: Parameters, defaultCallback: string): string {
  demandOAuth(connector)
  const text = (name: string) => {
    const value = parameters[name]
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  const [apiKey, scope, siteAddress] = ['apiKey', 'scope', 'siteAddress'].map(text)
  const callbackUrl = text('callbackUrl') ?? defaultCallback
  const start = { apiKey: apiKey ?? '', callbackUrl, state: text('state') ?? connector.key }
  const optional = { ...(scope !== undefined && { scope }), ...(siteAddress !== undefined && { siteAddress }) }
  const faults = [
    ...(apiKey === undefined ? ["apiKey: is missing; write the OAuth application's client id"] : []),
    ...(URL.canParse(callbackUrl)
      ? []
      : [`callbackUrl: ${JSON.stringify(callbackUrl)} is no URL; leave it out for ${defaultCallback}`]),
    ...siteFaults(() => connector.authorizeUrl({ ...start, ...optional })),
  ]
  if (faults.length > 0) throw new Refused({ kind: 'invalid', faults })
  return connector.authorizeUrl({ ...start, ...optional })
}

/** @throws Refused (invalid) where the element takes no OAuth */
export function demandOAuth({ definition: { name, authentication } }: Connector): void {
  if (authentication.type === 'oauth2') return
  const fault = `${name} has no OAuth; it takes its credentials by configuration`
  throw new Refused({ kind: 'invalid', faults: [fault] })
}

function siteFaults(authorize: () => string): string[] {
  try {
    authorize()
    return []
  } catch (error) {
    if (error instanceof SiteAddressError) return [error.message]
    throw error
  }
}
