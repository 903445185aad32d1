export { requestIdOf } from '#platform'

/** Says in every answer which request it is. */
export const requestIdHeader = 'Elements-Request-Id'
