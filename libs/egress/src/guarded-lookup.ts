import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { AddressPolicy } from './addresses.js'
import { EgressError } from './egress-error.js'

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string, options: LookupOptions) => Promise<LookupAddress[]>

/** As the system resolves names, hosts file and search domains included. */
export const systemResolve: Resolve = (hostname, options) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    )
  })

/**
 * A look-up for `net.connect` that gives only addresses which were checked: what is connected to is what was judged,
 * however often the name's answer changes. One forbidden address among several refuses the name.
 */
export function guardedLookup(policy: AddressPolicy, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, options).then(
      addresses => {
        const refusal = refusedAmong(addresses, hostname, policy)
        if (refusal) return callback(refusal, [])
        const [first] = addresses
        if (!first) return callback(new EgressError('connection', `${hostname} has no address`), [])
        return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

/** Why a name with these addresses is refused; null: none of them is. */
export function refusedAmong(
  addresses: readonly LookupAddress[],
  hostname: string,
  policy: AddressPolicy,
): EgressError | null {
  for (const { address } of addresses) {
    const refusal = policy.refusal(address)
    if (!refusal) continue
    return new EgressError(
      'refused-address',
      `${hostname} resolves to ${address}, ${refusal}; EGRESS_ALLOW would allow it`,
    )
  }
  return null
}

/** Names are looked up on few threads: a name whose servers don't answer takes one of them, not one per request. */
export function sharing(resolve: Resolve): Resolve {
  const underWay = new Map<string, Promise<LookupAddress[]>>()
  return (hostname, options) => {
    const key = `${hostname} ${options.family ?? 0}`
    const found = underWay.get(key)
    if (found) return found
    const started = resolve(hostname, options).finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }
}
