const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Tab and printable characters: anything else could end the header, or can't be sent as one.
const printable = /^[\t\x20-\x7e\xa0-\xff]*$/

/** Set by whoever sends the callback, so nobody else may. */
const reserved = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export type CallbackHeaders = { kind: 'headers'; headers: Record<string, string> } | { kind: 'invalid'; why: string }

/** Reads `event.notification.callback.headers`: a JSON object of texts, or `Name: value` lines. */
export function readCallbackHeaders(text: string | null | undefined): CallbackHeaders {
  const trimmed = text?.trim() ?? ''
  const pairs = trimmed.startsWith('{') ? fromJson(trimmed) : fromLines(trimmed)
  if (!pairs) return { kind: 'invalid', why: 'is not a JSON object of texts; write {"X-Name": "value"}' }
  for (const [name, value] of pairs) {
    const why = faultOf(name, value)
    if (why) return { kind: 'invalid', why }
  }
  return { kind: 'headers', headers: Object.fromEntries(pairs) }
}

function fromJson(text: string): [string, string][] | null {
  try {
    const pairs = Object.entries(JSON.parse(text) as Record<string, unknown>)
    if (pairs.some(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))) return null
    return pairs.map(([name, value]) => [name.trim(), String(value)])
  } catch {
    return null
  }
}

function fromLines(text: string): [string, string][] {
  return text
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
    .map(line => {
      const colon = line.indexOf(':')
      return colon < 0 ? ['', line.trim()] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    })
}

function faultOf(name: string, value: string): string | null {
  if (name === '') return 'has a line that is no header; write "Name: value"'
  if (!token.test(name)) return `has ${JSON.stringify(name)}, which is no name of a header`
  const lower = name.toLowerCase()
  if (reserved.has(lower) || /^(webhook-|elements-webhook-)/.test(lower))
    return `can't set ${name}: every callback has its own`
  return printable.test(value) ? null : `has a value of ${name} with characters that no header can have`
}
