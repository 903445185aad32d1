import type { Instance, InstanceChange, VendorRefusal } from './instance.js'

/** What stands of a vendor's refusal after a change: nothing, where what opens the vendor's API is another now. */
export function refusalAfter(
  { configuration, vendorRefusal }: Instance,
  changes: Pick<InstanceChange, 'configuration' | 'vendorRefusal'>,
): VendorRefusal | null {
  if (changes.vendorRefusal !== undefined) return changes.vendorRefusal
  const next = changes.configuration ?? configuration
  const keys = new Set([...Object.keys(configuration), ...Object.keys(next)])
  const isAnother = [...keys].some(
    key => !/^(event|filter)\./.test(key) && (configuration[key] ?? null) !== (next[key] ?? null),
  )
  return isAnother ? null : vendorRefusal
}
