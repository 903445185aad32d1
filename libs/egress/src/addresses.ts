import ipaddr from 'ipaddr.js'
import { isIP } from 'node:net'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Judges addresses: only the public internet's are allowed, and those of the subnets that the operator named. */
export class AddressPolicy {
  readonly #allowed: [Address, number][]

  /** @param subnets as CIDR */
  constructor(subnets: readonly string[]) {
    this.#allowed = subnets.map(subnet => ipaddr.parseCIDR(subnet))
  }

  /** What kind of address it is that may not be reached; null when it may. */
  refusal(address: string): string | null {
    // ipaddr.js would take 1.2.3 and the like, which others read in other ways.
    if (!isIP(address)) return 'not an address'
    // ::ffff:10.0.0.1 is 10.0.0.1.
    const plain = ipaddr.process(address)
    if (this.#allowed.some(subnet => plain.kind() === subnet[0].kind() && plain.match(subnet))) return null
    return kindOf(plain)
  }
}

const globalUnicast = ipaddr.IPv6.parse('2000::')
const metadata = '169.254.169.254'

function kindOf(address: Address): string | null {
  if (address.toString() === metadata) return 'a cloud metadata address'
  const range = address.range()
  if (range !== 'unicast') return names[range] ?? `a special address (${range})`
  // What IANA hasn't given out for the internet (site-local, IPv4-compatible, local NAT64, …) leads nowhere good.
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast, 3)) return 'a special address'
  return null
}

const names: Record<string, string> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a private address (carrier-grade NAT)',
  unspecified: 'the unspecified address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
}
