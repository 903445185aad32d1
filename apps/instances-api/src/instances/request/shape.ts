import { plainToInstance } from 'class-transformer'
import { validateSync, type ValidationError } from 'class-validator'
import { Faults, placeOf, quoted } from './faults.js'

/** Reads `body` as a `Request`, and reports what isn't of its declared shape. Null: it isn't even an object. */
export function readShape<Request extends object>(
  type: new () => Request,
  body: unknown,
  faults: Faults,
): Request | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    faults.add('body', `${quoted(body)} is not a JSON object`)
    return null
  }
  const request = plainToInstance(type, body)
  report(validateSync(request, { forbidUnknownValues: false }), [], faults)
  return request
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
