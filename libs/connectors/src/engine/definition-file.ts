import { LineCounter, parseDocument, type Document, type ParsedNode } from 'yaml'
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
export function parseDefinition(text: string, file: string): Definition {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0)
    throw new DefinitionError(
      document.errors.map(error => `${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`),
    )
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const faults = definitionFaults(value)
  if (faults.length === 0) return value as Definition
  throw new DefinitionError(
    faults.map(fault => `${file}:${lineOf(document, lines, fault)}: ${shownPlace(fault.place)} ${fault.what}`),
  )
}

// What is missing has no line of its own, so its nearest holder's is named.
function lineOf(document: Document, lines: LineCounter, { place }: Fault): number {
  for (let length = place.length; length > 0; length--) {
    const node = document.getIn(place.slice(0, length), true) as ParsedNode | undefined
    if (node?.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
