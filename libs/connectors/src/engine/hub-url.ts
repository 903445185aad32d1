import { parseWhere } from './ceql.js'
import { HubUrlError, type HubQuery } from './hub-query.js'

// For whoever answers a client: a poll reads whole records, page after page.
const withoutMeaning = new Set(['fields', 'page', 'nextpage'])

/**
 * Reads `/hubs/<any>/<resource>?…` or `/<resource>?…`, templates already rendered. The hub's name is ignored, as
 * documented, and so is a stray `}'` at the end, which documented samples have.
 * @throws HubUrlError
 */
export function parseHubUrl(url: string): HubQuery {
  if (url.includes('${')) throw new HubUrlError(`${url}: its variables (\${…}) have to be filled in first`)
  const clean = withoutStrayEnd(url.trim().replace(/^https?:\/\/[^/?#]+/i, ''))
  const mark = clean.indexOf('?')
  const path = mark < 0 ? clean : clean.slice(0, mark)
  const query: HubQuery = { resource: resourceOf(path, url), parameters: {} }
  for (const [name, value] of mark < 0 ? [] : hubParameters(clean.slice(mark + 1))) take(query, name, value)
  return query
}

function withoutStrayEnd(url: string): string {
  const cut = url.replace(/\}'?$/, '')
  return cut.endsWith("'") && !balanced(cut) ? cut.slice(0, -1) : cut
}

function resourceOf(path: string, url: string): string {
  const segments = path
    .replace(/^\/?elements\/api-v2\//, '')
    .split('/')
    .filter(segment => segment !== '')
    .map(decoded)
  if (segments[0] === 'hubs') segments.splice(0, 2)
  if (segments.length === 0)
    throw new HubUrlError(`${url}: it names no resource; expected /hubs/<hub>/<resource> or /<resource>`)
  const odd = segments.find(segment => !/^[\w.@-]+$/.test(segment) || /^\.+$/.test(segment))
  if (odd !== undefined)
    throw new HubUrlError(`${url}: "${odd}" is no part of a resource's path; expected letters, digits, _ - .`)
  return segments.join('/')
}

/** A hub URL's parameters, their values as they came: a quoted ampersand separates nothing. */
export function hubParameters(text: string): [name: string, value: string][] {
  const parts = balanced(text) ? splitOutsideQuotes(text) : text.split('&')
  return parts
    .filter(part => part.trim() !== '')
    .map(part => {
      const equals = part.indexOf('=')
      return equals < 0 ? [decoded(part), ''] : [decoded(part.slice(0, equals)).trim(), part.slice(equals + 1)]
    })
}

function splitOutsideQuotes(text: string): string[] {
  return (text.match(/(?:'[^']*'|[^&'])+/g) ?? []).map(part => part)
}

function balanced(text: string): boolean {
  return (text.match(/'/g) ?? []).length % 2 === 0
}

function take(query: HubQuery, name: string, value: string): void {
  switch (name.toLowerCase()) {
    case 'where':
      if (value.trim() !== '') query.where = parseWhere(decoded(spacesForPluses(value)))
      return
    case 'orderby':
      if (value.trim() !== '') query.orderBy = orderOf(hubText(value).trim())
      return
    case 'pagesize':
      query.pageSize = pageSizeOf(decoded(value).trim())
      return
    default:
      if (!withoutMeaning.has(name.toLowerCase())) query.parameters[name] = hubText(value)
  }
}

// A plus between quotes, or before an offset (+00:00), is a plus; elsewhere clients that encode forms mean a space.
function spacesForPluses(where: string): string {
  return where.replace(/'[^']*'|\+(?!\d\d:?\d\d(?!\d))/g, match => (match === '+' ? ' ' : match))
}

/** A parameter's value as text. */
export function hubText(value: string): string {
  return decoded(value.replaceAll('+', ' '))
}

function orderOf(text: string): HubQuery['orderBy'] {
  const match = /^(\S+)(?:\s+(asc|desc))?$/i.exec(text)
  if (!match) throw new HubUrlError(`orderBy=${text}: expected one field, and asc or desc: "updated_at desc"`)
  const [, field = '', direction = 'asc'] = match
  return { field, direction: direction.toLowerCase() === 'desc' ? 'desc' : 'asc' }
}

function pageSizeOf(text: string): number {
  const size = Number(text)
  if (!/^\d+$/.test(text) || size < 1) throw new HubUrlError(`pageSize=${text}: expected a whole number from 1`)
  return size
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone % (as in LIKE 'a%') is what the documents print.
    return text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(/(?:%[0-9A-Fa-f]{2})+/g, run => {
      try {
        return decodeURIComponent(run)
      } catch {
        return run
      }
    })
  }
}
