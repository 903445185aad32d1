import type { FastifyRequest } from 'fastify'

/** Says in every answer which request it is. */
export const requestIdHeader = 'Elements-Request-Id'

/** 24 hexadecimal digits, as clients expect: the beginning of the id that the log has. */
export function requestIdOf({ id }: Pick<FastifyRequest, 'id'>): string {
  return id.replaceAll('-', '').slice(0, 24)
}
