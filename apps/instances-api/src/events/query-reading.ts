import { Refused } from '../errors/refusal.js'

const largestPage = 200
const largestId = 2 ** 31 - 1

/** Reads the parameters of a query and gathers what is wrong with them, so that a refusal tells all of it at once. */
export class QueryReading {
  readonly #faults: string[] = []

  constructor(private readonly query: Readonly<Record<string, unknown>>) {}

  /** An empty one is none, and of several the last counts. */
  text(name: string): string | undefined {
    const text = this.texts(name).at(-1)
    // PostgreSQL's text takes none.
    if (text?.includes('\0')) this.fault(`${name}: has a NUL character`)
    return text
  }

  /** ISO 8601; without a zone it is UTC. */
  instant(name: string): Date | undefined {
    const given = this.text(name)
    if (given === undefined) return undefined
    // A plus that nobody encoded arrives as a space.
    const text = given.trim().replace(/ (?=\d\d:?\d\d$)/, '+')
    const date = instantOf(text)
    if (date) return date
    this.fault(`${name}: "${given}" is not an ISO 8601 instant such as 2026-01-31T00:00:00Z`)
    return undefined
  }

  /** One of these, whatever its case. */
  oneOf<Known extends string>(name: string, known: readonly Known[]): Known | undefined {
    const given = this.text(name)
    const found = known.find(value => value.toLowerCase() === given?.toLowerCase())
    if (given !== undefined && !found) this.fault(`${name}: "${given}" is none of ${known.join(', ')}`)
    return found
  }

  /** As `name=1&name=2`, `name[]=1&name[]=2` or `name=1,2`; undefined where there is none. */
  ids(name: string): number[] | undefined {
    const given = this.texts(name).flatMap(text => text.split(','))
    const ids = given.map(text => (/^\d{1,10}$/.test(text) ? Number(text) : 0))
    for (const [at, id] of ids.entries()) {
      if (id < 1 || id > largestId) this.fault(`${name}: "${given[at]}" is not a number from 1 to ${largestId}`)
    }
    return given.length > 0 ? [...new Set(ids)] : undefined
  }

  pageSize(): number {
    const given = this.text('pageSize')
    const size = Number(given ?? largestPage)
    if (!Number.isInteger(size) || size < 1) this.fault(`pageSize: "${given}" is not a number from 1`)
    return Math.min(size, largestPage)
  }

  /** Where a list goes on, as `read` understands it. */
  nextPage<Place>(read: (token: string) => Place | null): Place | undefined {
    const token = this.text('nextPage')
    const place = token === undefined ? undefined : read(token)
    if (place === null) this.fault('nextPage: is not what Elements-Next-Page-Token of the page before said')
    return place ?? undefined
  }

  fault(fault: string): void {
    this.#faults.push(fault)
  }

  /** @throws Refused where there was any fault */
  done(): void {
    if (this.#faults.length > 0) throw new Refused({ kind: 'invalid', faults: this.#faults })
  }

  private texts(name: string): string[] {
    return [this.query[name] ?? [], this.query[`${name}[]`] ?? []]
      .flat()
      .filter((value): value is string => typeof value === 'string' && value !== '')
  }
}

/** What text of ISO 8601 denotes, in UTC where it has no zone; null: it is none. */
export function instantOf(text: string): Date | null {
  const [, day, time = 'T00:00:00', zone = 'Z'] = iso.exec(text) ?? []
  const date = new Date(day === undefined ? NaN : `${day}${time.replace(' ', 'T')}${zone}`)
  return !Number.isNaN(date.getTime()) && isDay(day) ? date : null
}

// 31 February would be a day in March.
function isDay(text = ''): boolean {
  const midnight = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}

const iso = /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i
