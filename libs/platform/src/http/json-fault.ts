type Token = 'text' | 'scalar' | '{' | '}' | '[' | ']' | ',' | ':'

type Expected =
  'a value' | 'a value or ]' | 'a name in quotes' | 'a name in quotes or }' | ':' | ', or }' | ', or ]' | 'the end'

type Step = Expected | 'value' | 'object' | 'list' | 'close'

const value = { text: 'value', scalar: 'value', '{': 'object', '[': 'list' } as const
const grammar: Readonly<Record<Expected, Partial<Record<Token, Step>>>> = {
  'a value': value,
  'a value or ]': { ...value, ']': 'close' },
  'a name in quotes': { text: ':' },
  'a name in quotes or }': { text: ':', '}': 'close' },
  ':': { ':': 'a value' },
  ', or }': { ',': 'a name in quotes', '}': 'close' },
  ', or ]': { ',': 'a value', ']': 'close' },
  'the end': {},
}

const blanks = /[\t\n\r ]*/y
const tokens =
  /("[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\x00-\x1f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:])/y

/**
 * Where `text`, which is no JSON, stops being JSON, and why: JSON.parse doesn't always tell the place, and shows what
 * stands around it.
 */
export function jsonFault(text: string): string {
  const open: ('}' | ']')[] = []
  let expected: Expected = 'a value'
  for (let at = 0; ;) {
    at = endOf(blanks, text, at)
    const token = tokenAt(text, at)
    const next: Expected | null = token && follow(expected, token, open)
    if (!next) return `at ${placeOf(text, at)} ${foundAt(text, at, token)}, where ${expected} was expected`
    at = endOf(tokens, text, at)
    expected = next
  }
}

function tokenAt(text: string, at: number): Token | null {
  tokens.lastIndex = at
  const [, quoted, scalar, sign] = tokens.exec(text) ?? []
  if (quoted !== undefined) return 'text'
  return scalar !== undefined ? 'scalar' : ((sign as Token | undefined) ?? null)
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  pattern.exec(text)
  return pattern.lastIndex
}

/** What may come after `token` where `expected` was; null: it can't stand there. */
function follow(expected: Expected, token: Token, open: ('}' | ']')[]): Expected | null {
  const step = grammar[expected][token]
  switch (step) {
    case undefined:
      return null
    case 'object':
      open.push('}')
      return 'a name in quotes or }'
    case 'list':
      open.push(']')
      return 'a value or ]'
    case 'close':
      open.pop()
      return afterValue(open)
    case 'value':
      return afterValue(open)
    default:
      return step
  }
}

function afterValue(open: readonly ('}' | ']')[]): Expected {
  const last = open.at(-1)
  return last ? `, or ${last}` : 'the end'
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1} (position ${at})`
}

function foundAt(text: string, at: number, token: Token | null): string {
  if (at >= text.length) return 'it ends'
  if (text[at] === '"' && token === null) {
    return 'begins a string that is not closed, or holds a line break or an escape that JSON does not have'
  }
  return `stands ${token === 'text' ? 'a string' : String.fromCodePoint(text.codePointAt(at)!)}`
}
