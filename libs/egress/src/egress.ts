import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici'
import { AddressPolicy } from './addresses.js'
import { EgressError } from './egress-error.js'
import { Exchange, type EgressResponse } from './exchange.js'
import { guardedLookup, sharing, systemResolve, type Resolve } from './guarded-lookup.js'
import { ProxiedNames } from './proxied-names.js'
import { refusedLiteral, Targets, type Target } from './target.js'
import { TlsAgents } from './tls/tls-agents.js'
import type { TlsMaterial } from './tls/tls-material.js'

export interface EgressRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | (string & {})
  url: string
  /** Host, length, connection and proxy headers are HTTP's own business, and left out. */
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
  /** For the whole exchange, from the look-up to the answer's last byte. */
  timeoutMs: number
  /** How much of the answer's body is kept; more is not read, and the connection is closed. */
  maxBytes: number
  /** An origin (or URL of it) that the operator named and that may be private; it is reached past EGRESS_PROXY. */
  allow?: string
  /** What its TLS needs that isn't the system's. Such requests share no connection with others. */
  tls?: TlsMaterial | null
}

export interface EgressOptions {
  /** Subnets (CIDR) that may be reached although they are private. */
  allow: readonly string[]
  /** Our own address. */
  publicUrl: string
  /** An HTTP proxy for everything but `allow`ed origins. It connects, so what names resolve to is up to it in the end. */
  proxy?: string
  /** How names are resolved; the system's way unless given. */
  resolve?: Resolve
}

const perOrigin: Agent.Options = {
  // Callers bound what they have under way, by lane and in all. A tighter bound here would let one hanging path starve the
  // others of its host, which may be another account's.
  connections: 1_024,
  pipelining: 1,
  // Names are looked up again now and then, though the connections be busy. By requests, since undici looks at the age of
  // every connection with every request.
  maxRequestsPerClient: 1_000,
  // The exchange has one time-out of its own.
  headersTimeout: 0,
  bodyTimeout: 0,
}
/** Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise: certificates are verified, always. */
const verified = { rejectUnauthorized: true }
const connection = { ...verified, timeout: 10_000 }

/**
 * The one way out: every request of ours to the outside goes through here. Only http and https, no redirects followed,
 * only public addresses (judged at the moment of connecting), bounded in time and size.
 */
export class Egress {
  readonly #targets: Targets
  readonly #outside: Dispatcher
  /** Where a proxy resolves names. */
  readonly #names: ProxiedNames | null
  /** For `allow`ed origins; has connections of its own, so that a guarded request never uses one of these. */
  readonly #named = new Agent({ ...perOrigin, connect: connection })
  readonly #withTls: TlsAgents

  constructor({ allow, publicUrl, proxy, resolve: resolution = systemResolve }: EgressOptions) {
    const policy = new AddressPolicy(allow)
    const resolve = sharing(resolution)
    const agent = (context?: SecureContext) =>
      proxy ? proxyAgent(proxy, context) : guardedAgent(policy, resolve, context)
    this.#targets = new Targets(policy, publicUrl)
    this.#names = proxy ? new ProxiedNames(policy, resolve) : null
    this.#outside = agent()
    this.#withTls = new TlsAgents(agent)
  }

  /** @throws EgressError whenever there is no answer; any status is an answer */
  async request(request: EgressRequest): Promise<EgressResponse> {
    const { method, url, headers, body, timeoutMs, maxBytes, allow, tls } = request
    const target = this.#targets.target(url, allow)
    const exchange = new Exchange({ host: target.host, timeoutMs, maxBytes })
    const isNamed = allow !== undefined && new URL(allow).origin === target.origin
    const { origin, path } = target
    const options = { origin, path, method, headers: ours(headers), body: body ?? null }
    const start = () => {
      try {
        const agent = isNamed ? this.#named : this.#guarded(target, tls)
        agent.dispatch(options, exchange)
      } catch (error) {
        exchange.fail(error)
      }
    }
    if (isNamed || !this.#names || isIP(target.hostname)) start()
    else this.#names.check(target.hostname).then(start, (error: unknown) => exchange.fail(error))
    return await exchange.response
  }

  /**
   * Why nothing could ever be sent to this address: scheme, credentials, a literal address that is refused, or our own.
   * Null says that it may be tried; what a name resolves to is judged when connecting.
   */
  checkUrl(url: string): string | null {
    try {
      this.#targets.target(url)
      return null
    } catch (error) {
      if (error instanceof EgressError) return error.message
      throw error
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#outside.destroy(), this.#named.destroy(), this.#withTls.destroy()])
  }

  #guarded({ origin }: Target, tls: TlsMaterial | null | undefined): Dispatcher {
    return tls && origin.startsWith('https:') ? this.#withTls.agentFor(tls) : this.#outside
  }
}

function proxyAgent(uri: string, secureContext?: SecureContext): ProxyAgent {
  const requestTls = { ...connection, ...(secureContext && { secureContext }) }
  return new ProxyAgent({ ...perOrigin, uri, proxyTunnel: false, requestTls, proxyTls: verified })
}

function guardedAgent(policy: AddressPolicy, resolve: Resolve, secureContext?: SecureContext): Agent {
  const lookup = guardedLookup(policy, resolve)
  const connect = buildConnector({ ...connection, lookup, ...(secureContext && { secureContext }) })
  return new Agent({
    ...perOrigin,
    connect(options, callback) {
      // Node doesn't look addresses up. The target was checked; this holds even if that should ever fail.
      const refusal = isIP(options.hostname) ? policy.refusal(options.hostname) : null
      if (refusal) callback(refusedLiteral(options.hostname, refusal), null)
      else connect(options, callback)
    },
  })
}

const notOurs = new Set(
  'host connection content-length transfer-encoding keep-alive upgrade expect te trailer proxy-connection proxy-authorization'.split(
    ' ',
  ),
)

/** Names and values by turns, as undici likes them best. */
function ours(headers: Readonly<Record<string, string>> = {}): string[] {
  const kept: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && !notOurs.has(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
