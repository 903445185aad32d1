// Connection exceptions, too few resources, shutting down or starting up.
const sqlStates = /^(?:08...|53...|57P0[1-5])$/
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
])
// What pg and its pool say without a code.
const messages =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (?:was closed|has encountered a connection error)|Cannot use a pool after calling end)/

/**
 * Whether something was thrown since PostgreSQL can't be asked: it is down, starting, full, or out of reach. Vendors'
 * connections don't count: what fails there comes as an `EgressError`.
 */
export function isDatabaseUnavailable(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false
  const { code, message, errors } = thrown as { code?: unknown; message?: unknown; errors?: unknown }
  // A refused connection to several addresses.
  if (Array.isArray(errors) && errors.some(isDatabaseUnavailable)) return true
  if (typeof code === 'string') return networkCodes.has(code) || sqlStates.test(code)
  return typeof message === 'string' && messages.test(message)
}
