import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLParseError,
} from 'yaml'
import type { Definition } from '../definition.js'
import type { Fault } from './schema-faults.js'
import { definitionFaults, shownPlace } from './validate.js'

/** Definitions can't be run; the message has one line for every fault: where it is, what is there, what is expected. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'))
  }
}

/** A definition that stands in the code. @throws DefinitionError */
export function checkedDefinition(definition: Definition): Definition {
  const faults = definitionFaults(definition)
  if (faults.length === 0) return definition
  throw new DefinitionError(
    faults.map(fault => `definition "${definition.key}": ${shownPlace(fault.place)} ${fault.what}`),
  )
}

/**
 * The definition in a file's text, YAML or JSON (which is YAML too).
 * @param file its name, for the messages
 * @throws DefinitionError
 */
export function parseDefinition(text: string, file: string): DefinitionInFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0)
    throw new DefinitionError(document.errors.map(error => `${at(error.pos[0])}: ${syntaxFault(error, text)}`))
  const value = valueOf(document, file)
  const placeInFile = (place: Fault['place']) => at(offsetOf(document, place))
  const faults = definitionFaults(value)
  if (faults.length === 0) return { definition: value as Definition, at: placeInFile }
  throw new DefinitionError(faults.map(({ place, what }) => `${placeInFile(place)}: ${shownPlace(place)} ${what}`))
}

/** A definition, and where its members stand: `shop.yaml:81:22`. */
export interface DefinitionInFile {
  definition: Definition
  at: (place: Fault['place']) => string
}

function syntaxFault({ code, message, pos }: YAMLParseError, text: string): string {
  if (code !== 'DUPLICATE_KEY') return message
  const name = /^("[^"]*"|'[^']*'|[^\s:,{}]+)/.exec(text.slice(pos[0]))?.[0] ?? ''
  return `${name} is given more than once; write it once`
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // Of an alias without its anchor, or of too many.
    throw new DefinitionError([`${file}:1:1: ${error instanceof Error ? error.message : String(error)}`])
  }
}

// What is missing has no place of its own, so its nearest holder's is named; of what is unknown, its name's.
function offsetOf(document: Document, place: Fault['place']): number {
  let node: unknown = document.contents
  let offset = offsetOfNode(node) ?? 0
  for (const step of place) {
    const next = stepInto(isAlias(node) ? node.resolve(document) : node, step)
    if (!next) break
    offset = next.offset ?? offset
    node = next.node
  }
  return offset
}

function stepInto(node: unknown, step: string | number): { node: unknown; offset: number | undefined } | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)]
    return item === undefined ? null : { node: item, offset: offsetOfNode(item) }
  }
  if (!isMap(node)) return null
  const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
  return pair ? { node: pair.value, offset: offsetOfNode(pair.key) } : null
}

function offsetOfNode(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
