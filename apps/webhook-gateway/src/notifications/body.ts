import { parseVendorJson } from '#connectors'
import { isDeeperThan, maxJsonDepth } from '#platform'

/** A body as read: its value, and the text that events carry on. */
export type ParsedBody = { kind: 'parsed'; value: unknown; text: string } | { kind: 'unreadable'; detail: string }

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Parses a body's bytes: UTF-8, at most 64 levels deep. */
export function parseJson(bytes: Buffer): ParsedBody {
  if (isDeeperThan(bytes)) return unreadable(`it is nested deeper than ${maxJsonDepth} levels`)
  try {
    const text = decoder.decode(bytes)
    return { kind: 'parsed', value: parseVendorJson(text), text }
  } catch (error) {
    return unreadable(error instanceof SyntaxError ? 'it is not JSON' : 'it is not UTF-8')
  }
}

function unreadable(why: string): ParsedBody {
  return { kind: 'unreadable', detail: `The body can't be read: ${why}. Expected a JSON document in UTF-8.` }
}

const form = 'application/x-www-form-urlencoded'

/**
 * How a body of this content type is read: JSON everywhere, and forms where the vendor's definition names them. A missing
 * content type passes for JSON. Null: this vendor doesn't send such bodies.
 */
export function bodyReader(
  contentType: string | string[] | undefined,
  alsoAccepted: readonly string[],
): ((bytes: Buffer) => ParsedBody) | null {
  const type = String(contentType ?? 'application/json')
    .split(';')[0]!
    .trim()
    .toLowerCase()
  if (type === form && alsoAccepted.includes(form)) return parseForm
  return type === 'application/json' || type.endsWith('+json') || alsoAccepted.includes(type) ? parseJson : null
}

/** Parses `a=1&b=2`; of parameters with one name the last counts. */
export function parseForm(bytes: Buffer): ParsedBody {
  const value = Object.fromEntries(new URLSearchParams(bytes.toString('utf8')))
  return { kind: 'parsed', value, text: JSON.stringify(value) }
}
