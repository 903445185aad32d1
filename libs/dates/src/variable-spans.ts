import { DateSyntaxError } from './date-syntax-error.js'

/** Where `${content}` stands in a text; `end` is behind its brace. */
export interface VariableSpan {
  start: number
  end: number
  content: string
}

/** The variables of a text, in order. */
export function variableSpans(text: string): VariableSpan[] {
  const spans: VariableSpan[] = []
  let at = text.indexOf('${')
  while (at >= 0) {
    const close = closingBrace(text, at + 2)
    spans.push({ start: at, end: close + 1, content: text.slice(at + 2, close) })
    at = text.indexOf('${', close + 1)
  }
  return spans
}

/**
 * The brace that ends a variable: the first one outside quotes. A stray quote in a format would hide it, so where that
 * finds none, or one behind another variable's start, the first brace of all is meant.
 */
function closingBrace(text: string, from: number): number {
  const first = text.indexOf('}', from)
  if (first < 0) {
    const rest = text.slice(from - 2)
    throw new DateSyntaxError('unclosed-variable', rest, `a variable has no closing brace: ${rest}`)
  }
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === "'") quoted = !quoted
    else if (character === '}' && !quoted) return text.slice(from, at).includes('${') ? first : at
  }
  return first
}
