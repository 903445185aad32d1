/** JSON's nesting is bounded, so that a small body can't exhaust the stack of whatever walks it later. */
export const deepestJson = 64

export type ParsedBody = { kind: 'parsed'; value: unknown; text: string } | { kind: 'unreadable'; detail: string }

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Parses a body's bytes: UTF-8, at most `deepestJson` levels. */
export function parseJson(bytes: Buffer): ParsedBody {
  try {
    const text = decoder.decode(bytes)
    if (depthOf(text) > deepestJson) return unreadable(`it is nested deeper than ${deepestJson} levels`)
    return { kind: 'parsed', value: JSON.parse(text), text }
  } catch (error) {
    return unreadable(error instanceof SyntaxError ? 'it is not JSON' : 'it is not UTF-8')
  }
}

function unreadable(why: string): ParsedBody {
  return { kind: 'unreadable', detail: `The body can't be read: ${why}. Expected a JSON document in UTF-8.` }
}

// Counted over the text, before parsing, so that nothing deep is ever built.
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 92 /* \ */) i++
      else if (code === 34 /* " */) inString = false
    } else if (code === 34) inString = true
    else if (code === 123 /* { */ || code === 91 /* [ */) deepest = Math.max(deepest, ++depth)
    else if (code === 125 /* } */ || code === 93 /* ] */) depth--
  }
  return deepest
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
  const type = String(contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase()
  if (type === form && alsoAccepted.includes(form)) return parseForm
  return type === 'application/json' || type.endsWith('+json') || alsoAccepted.includes(type) ? parseJson : null
}

function parseForm(bytes: Buffer): ParsedBody {
  const value = Object.fromEntries(new URLSearchParams(bytes.toString('utf8')))
  return { kind: 'parsed', value, text: JSON.stringify(value) }
}
