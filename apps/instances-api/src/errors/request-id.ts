import { randomBytes } from 'node:crypto'

/** Says in every answer which request it is. */
export const requestIdHeader = 'Elements-Request-Id'

const ids = new WeakMap<object, string>()

/** 24 hexadecimal digits, the same however often it's asked of one request. */
export function requestIdOf(request: object): string {
  const known = ids.get(request)
  if (known !== undefined) return known
  const id = randomBytes(12).toString('hex')
  ids.set(request, id)
  return id
}
