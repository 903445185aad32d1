import { validateSync, type ValidationError } from 'class-validator'
import { Faults, placeOf, wrong } from './faults.js'
import { ElementReference } from './instance-request.dto.js'

/** Reads `body` as a `Request`, and reports what isn't of its declared shape. Null: it isn't even an object. */
export function readShape<Request extends { element?: ElementReference | null }>(
  type: new () => Request,
  body: unknown,
  faults: Faults,
): Request | null {
  if (!isObject(body)) {
    faults.add('body', `${wrong(body, 'is not a JSON object')}; send one, with content-type: application/json`)
    return null
  }
  const request = asInstance(type, body)
  if (isObject(request.element)) request.element = asInstance(ElementReference, request.element)
  report(validateSync(request, { forbidUnknownValues: false }), [], faults)
  return request
}

// Not class-transformer, which takes a key `constructor` anywhere in a body for the class of what has it.
function asInstance<Type extends object>(type: new () => Type, members: object): Type {
  const { constructor: _notTheClass, ...own } = members
  return Object.assign(new type(), own)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function report(errors: readonly ValidationError[], path: readonly string[], faults: Faults): void {
  for (const { property, constraints, children } of errors) {
    const here = [...path, property]
    // Decorators apply from the last to the first, and the first one says what the value has to be at all.
    const message = Object.values(constraints ?? {}).at(-1)
    if (message !== undefined) faults.add(placeOf(here), message)
    report(children ?? [], here, faults)
  }
}
