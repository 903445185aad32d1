import { isIP } from 'node:net'
import type { AddressPolicy } from './addresses.js'
import { EgressError } from './egress-error.js'

/** Where a request goes. */
export interface Target {
  origin: string
  host: string
  /** Path and query. */
  path: string
}

/** Takes a URL apart and refuses what can be seen to be wrong without a look-up. */
export class Targets {
  readonly #policy: AddressPolicy
  readonly #own: URL

  /** @param publicUrl our own address, which nothing of ours may be sent to */
  constructor(policy: AddressPolicy, publicUrl: string) {
    this.#policy = policy
    this.#own = new URL(publicUrl)
  }

  /** @throws EgressError 'invalid-url' or 'refused-address'. An `allow`ed origin may be private. */
  target(text: string, allow?: string): Target {
    if (!URL.canParse(text)) throw new EgressError('invalid-url', 'not a URL')
    const url = new URL(text)
    const { protocol, origin, host, pathname, search, username, password } = url
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new EgressError('invalid-url', `the scheme is ${protocol}//; http:// and https:// will do`)
    }
    if (username || password) throw new EgressError('invalid-url', `${host}: credentials within the URL are not sent`)
    if (allow === undefined || new URL(allow).origin !== origin) this.#checkHost(url)
    return { origin, host, path: pathname + search }
  }

  #checkHost(url: URL): void {
    if (this.#isOwn(url)) throw new EgressError('invalid-url', `${url.host} is this system's own address (PUBLIC_URL)`)
    // The URL's parser has made 0x7f.1, 2130706433 and the like into plain addresses.
    const name = url.hostname.replace(/^\[|\]$/g, '')
    const address = isIP(name) ? name : isLocalName(name) ? '127.0.0.1' : null
    const refusal = address && this.#policy.refusal(address)
    if (refusal) throw new EgressError('refused-address', `${name} is ${refusal}; EGRESS_ALLOW would allow it`)
  }

  #isOwn({ host, pathname }: URL): boolean {
    return host === this.#own.host && pathname.startsWith(this.#own.pathname)
  }
}

function isLocalName(name: string): boolean {
  return /^(?:.*\.)?localhost\.?$/.test(name)
}
