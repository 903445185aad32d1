import type { FastifyRequest } from 'fastify'

/** 24 hexadecimal digits, as clients of the API expect: the beginning of the id that the log has. */
export function requestIdOf({ id }: Pick<FastifyRequest, 'id'>): string {
  return id.replaceAll('-', '').slice(0, 24)
}
