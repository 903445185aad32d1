/** How deep the JSON that is taken in may be. */
export const maxJsonDepth = 64

const quote = 0x22
const backslash = 0x5c

/** Whether objects and arrays in this JSON text (UTF-8) are nested deeper than `limit`. Needn't be valid. */
export function isDeeperThan(body: Uint8Array, limit: number = maxJsonDepth): boolean {
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte === quote) at = endOfString(body, at)
    // [ and {, ] and } differ in one bit.
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) return true
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return false
}

function endOfString(body: Uint8Array, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1
  return at
}
