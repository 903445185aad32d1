import { QueryReading } from '../events/query-reading.js'
import { placeOf } from './place.js'
import type { ResourceFilter } from './polled-resources.js'
import { troubles, type Trouble } from './trouble.js'

const longestLag = 10 * 365 * 86_400

/** What the account's list of polled resources is asked for. @throws Refused with every fault */
export function readResourceQuery(query: Readonly<Record<string, unknown>>): ResourceFilter {
  const reading = new QueryReading(query)
  const asked = readTroubles(reading)
  const minLagSeconds = readLag(reading)
  const elementKey = reading.text('elementKey')
  const resource = reading.text('resource')
  const after = reading.nextPage(placeOf)
  const limit = reading.pageSize()
  reading.done()
  return {
    limit,
    ...(asked && { troubles: asked }),
    ...(minLagSeconds !== undefined && { minLagSeconds }),
    ...(elementKey !== undefined && { elementKey }),
    ...(resource !== undefined && { resource }),
    ...(after && { after }),
  }
}

function readTroubles(reading: QueryReading): Trouble[] | undefined {
  const names = reading
    .text('trouble')
    ?.split(',')
    .map(name => name.trim().toLowerCase())
  if (names?.includes('any')) return [...troubles]
  for (const name of names ?? []) {
    if (!isTrouble(name)) reading.fault(`trouble: "${name}" is none of ${troubles.join(', ')}, any`)
  }
  return names && [...new Set(names.filter(isTrouble))]
}

function isTrouble(name: string): name is Trouble {
  return troubles.some(trouble => trouble === name)
}

function readLag(reading: QueryReading): number | undefined {
  const given = reading.text('minLagSeconds')
  if (given === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(given) ? Number(given) : NaN
  if (seconds <= longestLag) return seconds
  reading.fault(`minLagSeconds: "${given}" is not a whole number of seconds from 0 to ${longestLag}`)
  return undefined
}
