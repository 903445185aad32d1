import type { Path } from '../definition.js'

// Outside of a text a number stands between these; the few texts that look alike cost a second look.
const longWholeNumber = /(?:^|[\s:,[])-?\d{16,}(?=[\s,\]}]|$)/g

/**
 * Parses JSON that ids are read from: whole numbers that a double would round are kept as texts, digit for digit.
 * @throws SyntaxError
 */
export function parseVendorJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const mayBeRounded = text.match(longWholeNumber)?.some(found => !isExact(found.replace(/^[\s:,[]/, '')))
  return mayBeRounded ? (JSON.parse(quoteLongNumbers(text)) as unknown) : value
}

const textOrNumber = /"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function quoteLongNumbers(json: string): string {
  let [quoted, done] = ['', 0]
  textOrNumber.lastIndex = 0
  for (let match = textOrNumber.exec(json); match; match = textOrNumber.exec(json)) {
    const [token] = match
    // Texts are passed over, so that digits inside them stay what they are.
    if (token === '"') textOrNumber.lastIndex = textEnd(json, match.index)
    if (!/^-?\d{16,}$/.test(token) || isExact(token)) continue
    quoted += `${json.slice(done, match.index)}"${token}"`
    done = textOrNumber.lastIndex
  }
  return quoted + json.slice(done)
}

function isExact(digits: string): boolean {
  return Number.isSafeInteger(Number(digits))
}

/**
 * The JSON texts of a list's items, byte for byte.
 * @param json valid JSON
 * @param path where the list is: a path, or the members' names where these may hold dots
 * @returns null where there is no list
 */
export function itemTexts(json: string, path: Path | readonly string[]): string[] | null {
  const start = find(json, path)
  return start !== null && json[start] === '[' ? spans(json, start).map(([from, to]) => json.slice(from, to)) : null
}

/** The JSON text of what stands at a path, byte for byte; null where nothing does. `json` is valid JSON. */
export function valueText(json: string, path: Path): string | null {
  const start = find(json, path)
  return start === null ? null : json.slice(start, skipValue(json, start))
}

/** An object's members and the JSON texts of their values, byte for byte; none of anything else. `json` is valid JSON. */
export function memberTexts(json: string): { name: string; text: string }[] {
  const start = skipSpace(json, 0)
  if (json[start] !== '{') return []
  return members(json, start).map(({ name, start: at }) => ({ name, text: json.slice(at, skipValue(json, at)) }))
}

function find(json: string, path: Path | readonly string[]): number | null {
  let start = skipSpace(json, 0)
  for (const name of typeof path === 'string' ? namesIn(path) : path) {
    // The last of members with one name is the one that counts, as for JSON.parse.
    const found = json[start] === '{' ? members(json, start).findLast(member => member.name === name) : undefined
    if (!found) return null
    start = found.start
  }
  return start
}

function namesIn(path: Path): string[] {
  return path === '' ? [] : path.split('.')
}

function members(json: string, start: number): { name: string; start: number }[] {
  const found: { name: string; start: number }[] = []
  let here = skipSpace(json, start + 1)
  while (json[here] === '"') {
    const end = skipValue(json, here)
    const value = skipSpace(json, skipSpace(json, end) + 1)
    found.push({ name: JSON.parse(json.slice(here, end)) as string, start: value })
    here = skipComma(json, skipValue(json, value))
  }
  return found
}

function spans(json: string, start: number): [number, number][] {
  const found: [number, number][] = []
  let here = skipSpace(json, start + 1)
  while (here < json.length && json[here] !== ']') {
    const end = skipValue(json, here)
    found.push([here, end])
    here = skipComma(json, end)
  }
  return found
}

function skipComma(json: string, at: number): number {
  const here = skipSpace(json, at)
  return json[here] === ',' ? skipSpace(json, here + 1) : here
}

function skipSpace(json: string, at: number): number {
  let here = at
  while (here < json.length && ' \t\n\r'.includes(json[here] ?? '')) here++
  return here
}

const plainToken = /[^\s,\]}]+/y
const structure = /["[\]{}]/g

function skipValue(json: string, at: number): number {
  const first = json[at]
  if (first === '"') return textEnd(json, at)
  if (first !== '[' && first !== '{') return plainEnd(json, at)
  let depth = 0
  structure.lastIndex = at
  for (let match = structure.exec(json); match; match = structure.exec(json)) {
    if (match[0] === '"') structure.lastIndex = textEnd(json, match.index)
    else depth += match[0] === '[' || match[0] === '{' ? 1 : -1
    if (depth === 0) return structure.lastIndex
  }
  return json.length
}

// No expression with alternatives: V8 keeps a way back for every character, and a text of some megabytes is too long.
function textEnd(json: string, at: number): number {
  let quote = json.indexOf('"', at + 1)
  while (quote !== -1 && isEscaped(json, quote)) quote = json.indexOf('"', quote + 1)
  return quote === -1 ? json.length : quote + 1
}

function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

function plainEnd(json: string, at: number): number {
  plainToken.lastIndex = at
  return plainToken.test(json) ? plainToken.lastIndex : json.length
}
