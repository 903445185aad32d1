import type { FastifyRequest } from 'fastify'
import type { JsonObject } from '../../http/body.js'
import { invalid } from '../errors.js'

/** A page by number, whose `pages.next` is a whole URL. Rows that come or go meanwhile shift what follows. */
export function numberedPage<Row>(
  rows: readonly Row[],
  request: FastifyRequest,
  limits: { default: number; max: number },
): { rows: Row[]; pages: JsonObject; totalCount: number } {
  const url = new URL(request.url, `${request.protocol}://${request.host}`)
  const page = positive(url.searchParams.get('page') ?? '1', 'Page')
  const perPage = positive(url.searchParams.get('per_page') ?? String(limits.default), 'Per Page')
  if (perPage > limits.max) throw invalid('Per Page is too big')
  const start = (page - 1) * perPage
  const more = start + perPage < rows.length
  url.searchParams.set('page', String(page + 1))
  url.searchParams.set('per_page', String(perPage))
  return {
    rows: rows.slice(start, start + perPage),
    totalCount: rows.length,
    pages: {
      type: 'pages',
      next: more ? url.href : null,
      page,
      per_page: perPage,
      total_pages: Math.ceil(rows.length / perPage),
    },
  }
}

function positive(text: string, name: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw invalid(`${name} is invalid`)
  return value
}
