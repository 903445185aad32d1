/**
 * The epoch milliseconds themselves, where they are any.
 * @throws RangeError where they are no finite number
 */
export function instant(epochMs: number): number {
  if (Number.isFinite(epochMs)) return epochMs
  throw new RangeError(`epochMs: ${epochMs} is no instant; give epoch milliseconds`)
}
