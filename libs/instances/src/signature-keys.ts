import type { Instance, InstanceChange, RetiredKey } from './instance.js'

/** The configuration's key that callbacks are signed with. */
export const signatureKey = 'event.notification.signature.key'

/** How many keys sign beside the newest at most; the oldest makes room. */
export const mostRetiredKeys = 2

/** What of an instance its signature keys are. */
export type SignatureKeys = Pick<Instance, 'configuration' | 'retiredSignatureKeys'>

/**
 * Puts `key` in the place of an instance's signature key, which signs on beside it for `overlapMs`. 0 ends every key
 * before it; what was retired earlier else keeps its time.
 */
export function rotateSignatureKey(
  current: SignatureKeys,
  key: string,
  overlapMs: number,
  now: number,
): InstanceChange {
  const before = current.configuration[signatureKey]
  const replaced: RetiredKey[] = before ? [{ key: before, until: new Date(now + overlapMs) }] : []
  // A key that comes back isn't a retired one.
  const retired = [...replaced, ...unended(current, now)].filter(each => each.key !== key)
  return {
    configuration: { ...current.configuration, [signatureKey]: key },
    retiredSignatureKeys: overlapMs > 0 ? retired.slice(0, mostRetiredKeys) : [],
  }
}

/** The retired keys that callbacks are still signed with, the newest first. */
export function unended({ retiredSignatureKeys }: SignatureKeys, now: number): RetiredKey[] {
  return retiredSignatureKeys.filter(({ until }) => until.getTime() > now)
}

/** What is retired after a change. Whoever writes another key by itself wants the one before gone at once. */
export function retiredAfter(current: SignatureKeys, change: InstanceChange): readonly RetiredKey[] {
  const { configuration = current.configuration, retiredSignatureKeys } = change
  const isSame = (configuration[signatureKey] ?? null) === (current.configuration[signatureKey] ?? null)
  return retiredSignatureKeys ?? (isSame ? current.retiredSignatureKeys : [])
}
