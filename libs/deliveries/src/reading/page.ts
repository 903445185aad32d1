/** A page of a list; `next` is what to pass as `after` for the next one, null at the end. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

const defaultLimit = 200
const largestLimit = 1_000

/** How many items a page has at most, whatever was asked for. */
export function limited(limit = defaultLimit): number {
  return Math.max(1, Math.min(largestLimit, limit))
}
