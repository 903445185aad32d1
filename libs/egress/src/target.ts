import { isIP } from 'node:net'
import type { AddressPolicy } from './addresses.js'
import { EgressError } from './egress-error.js'

/** Where a request goes. */
export interface Target {
  origin: string
  host: string
  /** Without the port, and without brackets around an IPv6 address. */
  hostname: string
  /** Path and query. */
  path: string
}

const mostKnown = 1_000

/** Takes a URL apart and refuses what can be seen to be wrong without a look-up. */
export class Targets {
  readonly #policy: AddressPolicy
  readonly #own: URL
  /** Of URLs asked for lately, since a callback's is asked for with every event. */
  readonly #known = new Map<string, Target>()

  /** @param publicUrl our own address, which nothing of ours may be sent to */
  constructor(policy: AddressPolicy, publicUrl: string) {
    this.#policy = policy
    this.#own = new URL(publicUrl)
  }

  /** @throws EgressError 'invalid-url' or 'refused-address'. An `allow`ed origin may be private. */
  target(text: string, allow?: string): Target {
    if (allow !== undefined) return this.#judge(text, allow)
    const known = this.#known.get(text)
    if (known) return known
    const target = this.#judge(text)
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(text, target)
    return target
  }

  #judge(text: string, allow?: string): Target {
    if (!URL.canParse(text)) throw new EgressError('invalid-url', 'not a URL')
    const url = new URL(text)
    const { protocol, origin, host, pathname, search, username, password } = url
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new EgressError('invalid-url', `the scheme is ${protocol}//; http:// and https:// will do`)
    }
    if (username || password) throw new EgressError('invalid-url', `${host}: credentials within the URL are not sent`)
    if (allow === undefined || new URL(allow).origin !== origin) this.#checkHost(url)
    return { origin, host, hostname: bare(url), path: pathname + search }
  }

  #checkHost(url: URL): void {
    if (this.#isOwn(url)) throw new EgressError('invalid-url', `${url.host} is this system's own address (PUBLIC_URL)`)
    if (url.port !== '' && portsOfOthers.has(Number(url.port))) {
      throw new EgressError('invalid-url', `${url.host}: port ${url.port} is another protocol's, and not for HTTP`)
    }
    // The URL's parser has made 0x7f.1, 2130706433 and the like into plain addresses.
    const name = bare(url)
    if (/^\.|\.\./.test(name)) throw new EgressError('invalid-url', `${name} is no name of a host`)
    const address = isIP(name) ? name : knownAddress(name)
    const refusal = address && this.#policy.refusal(address)
    if (refusal) throw refusedLiteral(name, refusal)
  }

  #isOwn(url: URL): boolean {
    const own = this.#own
    const isHost = withoutDot(url.hostname) === withoutDot(own.hostname) && url.port === own.port
    return isHost && plainPath(url.pathname).startsWith(plainPath(own.pathname))
  }
}

/** What is said of an address that stands in the URL itself. */
export function refusedLiteral(name: string, refusal: string): EgressError {
  return new EgressError('refused-address', `${name} is ${refusal}; EGRESS_ALLOW would allow it`)
}

function bare({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** What a name stands for everywhere, whoever resolves it. */
function knownAddress(name: string): string | null {
  const plain = withoutDot(name)
  if (/(?:^|\.)localhost$/.test(plain)) return '127.0.0.1'
  return plain === 'metadata.google.internal' ? '169.254.169.254' : null
}

function withoutDot(hostname: string): string {
  return hostname.replace(/\.$/, '')
}

/** As a server may understand it: `/%61` is `/a`, and so may `//a` be. */
function plainPath(path: string): string {
  return path
    .replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\/{2,}/g, '/')
}

// What browsers don't send HTTP to either (the Fetch standard's bad ports): mail servers and the like may take a request
// for commands of their own.
const portsOfOthers: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
  ],
  ...[532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060],
  ...[5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
])
