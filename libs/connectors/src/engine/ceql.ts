import type { Operator } from '../definition.js'
import { HubUrlError, type Clause, type Condition } from './hub-query.js'

interface Token {
  kind: 'text' | 'sign' | 'word'
  text: string
}

const lexeme =
  /\s*(?:(?<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?<sign><=|>=|!=|<>|[=<>(),])|(?<word>[^\s'"<>=!(),]+))/y

/**
 * Reads CEQL's `where`: comparisons joined by AND and OR, in parentheses or not, with = != <> < > <= >=, LIKE, IN (…),
 * IS NULL, IS NOT NULL. AND binds stronger. What comes out are clauses that all have to hold.
 * @throws HubUrlError
 */
export function parseWhere(where: string): Clause[] {
  const reader = new TokenReader(tokens(where), where)
  const groups = alternatives(reader, 0)
  if (!reader.atEnd) throw fault(where, `AND or OR should stand before "${reader.peek()}"`)
  return groups.map(group => (group.length === 1 ? group[0]! : { any: group }))
}

/** Groups that all have to hold, each by one of its conditions. */
type Groups = Condition[][]

// Far more than any vendor takes; written out, n pairs joined by OR become 2^n groups.
const mostGroups = 100
const deepest = 20

function alternatives(reader: TokenReader, depth: number): Groups {
  let groups = conjunction(reader, depth)
  while (reader.word('OR')) {
    const others = conjunction(reader, depth)
    if (groups.length * others.length > mostGroups) throw reader.fault('it joins too many conditions by AND within OR')
    groups = groups.flatMap(group => others.map(other => [...group, ...other]))
  }
  return groups
}

function conjunction(reader: TokenReader, depth: number): Groups {
  const groups = term(reader, depth)
  while (reader.word('AND')) groups.push(...term(reader, depth))
  return groups
}

function term(reader: TokenReader, depth: number): Groups {
  if (!reader.sign('(')) return [[condition(reader)]]
  if (depth >= deepest) throw reader.fault(`its parentheses are nested deeper than ${deepest}`)
  const groups = alternatives(reader, depth + 1)
  if (!reader.sign(')')) throw reader.expected('AND, OR or )')
  return groups
}

function condition(reader: TokenReader): Condition {
  const field = reader.take('word', "a field's name")
  if (reader.word('IS')) {
    const operator = reader.word('NOT') ? 'IS NOT NULL' : 'IS NULL'
    if (!reader.word('NULL')) throw reader.expected('NULL')
    return { field, operator, values: [] }
  }
  if (reader.word('LIKE')) return { field, operator: 'LIKE', values: [reader.value()] }
  if (reader.word('IN')) return { field, operator: 'IN', values: list(reader) }
  const sign = reader.take('sign', 'an operator (= != < <= > >= LIKE IN IS)')
  if (!isComparison(sign)) throw reader.expected('an operator (= != < <= > >= LIKE IN IS)')
  return { field, operator: sign === '<>' ? '!=' : sign, values: [reader.value()] }
}

function list(reader: TokenReader): string[] {
  if (!reader.sign('(')) throw reader.expected('( after IN')
  const values = [reader.value()]
  while (reader.sign(',')) values.push(reader.value())
  if (!reader.sign(')')) throw reader.expected(') after the values of IN')
  return values
}

type Comparison = Extract<Operator, '=' | '!=' | '<' | '<=' | '>' | '>='> | '<>'

function isComparison(sign: string): sign is Comparison {
  return ['=', '!=', '<>', '<', '<=', '>', '>='].includes(sign)
}

function tokens(where: string): Token[] {
  const found: Token[] = []
  lexeme.lastIndex = 0
  while (where.slice(lexeme.lastIndex).trim() !== '') {
    const from = lexeme.lastIndex
    const groups = lexeme.exec(where)?.groups
    if (!groups) throw fault(where, `"${where.slice(from).trim()}" can't be read; is a quote missing?`)
    if (groups.text !== undefined) found.push({ kind: 'text', text: unquote(groups.text) })
    else if (groups.sign !== undefined) found.push({ kind: 'sign', text: groups.sign })
    else found.push({ kind: 'word', text: groups.word ?? '' })
  }
  return found
}

function unquote(quoted: string): string {
  const quote = quoted[0] ?? ''
  return quoted
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\(['"\\])/g, '$1')
}

class TokenReader {
  private place = 0

  constructor(
    private readonly tokens: Token[],
    private readonly where: string,
  ) {}

  get atEnd(): boolean {
    return this.place >= this.tokens.length
  }

  peek(): string {
    return this.tokens[this.place]?.text ?? 'the end'
  }

  take(kind: Token['kind'], what: string): string {
    const token = this.tokens[this.place]
    if (token?.kind !== kind) throw this.expected(what)
    this.place++
    return token.text
  }

  value(): string {
    const token = this.tokens[this.place]
    if (token === undefined || token.kind === 'sign') throw this.expected('a value')
    this.place++
    return token.text
  }

  word(text: string): boolean {
    const token = this.tokens[this.place]
    const found = token?.kind === 'word' && token.text.toUpperCase() === text
    if (found) this.place++
    return found
  }

  sign(text: string): boolean {
    const token = this.tokens[this.place]
    const found = token?.kind === 'sign' && token.text === text
    if (found) this.place++
    return found
  }

  fault(what: string): HubUrlError {
    return fault(this.where, what)
  }

  expected(what: string): HubUrlError {
    return this.fault(`${what} should stand where "${this.peek()}" does`)
  }
}

function fault(where: string, what: string): HubUrlError {
  return new HubUrlError(`where=${where}: ${what}`)
}
