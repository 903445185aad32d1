const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Tab and printable characters: anything else could end the header, or can't be sent as one.
const printable = /^[\t\x20-\x7e\x80-\xff]*$/
// What makes the callback a message, and what is signed, is set by whoever sends it.
const reserved =
  /^(host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|webhook-.*|elements-webhook-.*)$/i

/** What is wrong with `event.notification.callback.headers`: a JSON object of texts, or `Name: value` lines. */
export function callbackHeadersFault(text: string): string | null {
  const pairs = text.trim().startsWith('{') ? fromJson(text) : fromLines(text)
  if (!pairs) return 'is not a JSON object of texts; write {"X-Name": "value"}'
  return pairs.map(([name, value]) => faultOf(name, value)).find(fault => fault !== null) ?? null
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

// Values aren't quoted: they may be credentials.
function faultOf(name: string, value: string): string | null {
  if (name === '') return 'has a line that is no header; write "Name: value"'
  if (!token.test(name)) return `has ${JSON.stringify(name)}, which is no name of a header`
  if (reserved.test(name)) return `can't set ${name}, since every callback has its own`
  return printable.test(value) ? null : `has a value of ${name} with characters that no header can have`
}
