import type { Operator } from '../definition.js'
import { HubUrlError, type Condition } from './hub-query.js'

interface Token {
  kind: 'text' | 'sign' | 'word'
  text: string
}

const lexeme =
  /\s*(?:(?<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?<sign><=|>=|!=|<>|[=<>(),])|(?<word>[^\s'"<>=!(),]+))/y

/**
 * Reads CEQL's `where`: comparisons joined by AND, with = != <> < > <= >=, LIKE, IN (…), IS NULL, IS NOT NULL.
 * @throws HubUrlError
 */
export function parseWhere(where: string): Condition[] {
  const reader = new TokenReader(tokens(where), where)
  const conditions = [condition(reader)]
  while (!reader.atEnd) {
    if (reader.word('OR')) throw fault(where, 'it joins conditions by OR; only AND can be answered')
    if (!reader.word('AND')) throw fault(where, `AND should stand before "${reader.peek()}"`)
    conditions.push(condition(reader))
  }
  return conditions
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

  expected(what: string): HubUrlError {
    return fault(this.where, `${what} should stand where "${this.peek()}" does`)
  }
}

function fault(where: string, what: string): HubUrlError {
  return new HubUrlError(`where=${where}: ${what}`)
}
