/** What scripts may read of an answer, as the emulated API says it, and the tag that `If-Match` takes. */
const exposed = [
  'Elements-Returned-Count',
  'Elements-Total-Count',
  'Elements-Request-Id',
  'Elements-Next-Page-Token',
  'Elements-Trace-Id',
  'Elements-Error',
  'Content-Disposition',
  'ETag',
].join(', ')

/** On every answer of the API: answers hold tokens, so nothing keeps them, and nobody guesses what they are. */
export const always = {
  'access-control-expose-headers': exposed,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** What lets a page of `origin` read an answer: nothing, unless the setting names it. */
export function crossOrigin(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  if (allowed.length === 0) return {}
  const named = origin !== undefined && allowed.includes(origin)
  return { vary: 'origin', ...(named && { 'access-control-allow-origin': origin }) }
}

/** What a preflight of an allowed origin is told besides. */
export function preflight(methods: readonly string[]): Record<string, string> {
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match',
    'access-control-max-age': '600',
  }
}
