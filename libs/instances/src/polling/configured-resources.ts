import type { Connector, DatesConfiguration } from '#connectors'
import { monitoredObjects, wantsReconciling } from '../configuration.js'
import type { Configuration } from '../instance.js'
import type { ConfigurationFault } from './polling-configuration.js'

/** One resource as the configuration has it, before the definition's defaults. Empty texts count as missing. */
export interface ConfiguredResource {
  name: string
  /** Its place in the configuration, for faults. */
  key: string
  url: string | null
  idField: string | null
  dates: DatesConfiguration
  filterByUpdatedDate: boolean
  filterByCurrentDate: boolean
  snapshot: boolean | null
  createdCheckToleranceSeconds: number
  pollDelaySeconds: number
  pageSize: number | null
}

type Report = ConfigurationFault[]
type Members = Readonly<Record<string, unknown>>

/** Stands for each object of `event.objects` that isn't configured by name. */
const anyObject = '{objectName}'

const dateMembers = [
  'updatedDateField',
  'updatedDateFormat',
  'updatedDateTimezone',
  'createdDateField',
  'createdDateFormat',
  'createdDateTimezone',
] as const

/** `configuration."event.poller.configuration"` */
export function configurationKey(key: string): string {
  return `configuration.${JSON.stringify(key)}`
}

/** The resources that a configuration names, in all the ways it can name them. */
export function configuredResources(
  configuration: Configuration,
  connector: Connector,
  faults: Report,
): ConfiguredResource[] {
  const objects = monitoredObjects(configuration)
  const text = configuration['event.poller.configuration']?.trim()
  if (text) return fromConfiguration(text, objects, faults)
  const urls = configuration['event.poller.urls']?.trim()
  if (urls) return fromUrls(urls, objects, faults)
  const names = objects.length > 0 ? objects : Object.keys(connector.defaultPolling)
  // Beside webhooks the objects are those of webhooks, some of which can't be listed, or matched by a date.
  const polled = wantsReconciling(configuration) ? names.filter(name => isDated(name, connector)) : names
  return polled.map(name => resourceOf(name, configurationKey('event.objects'), {}, faults))
}

function isDated(name: string, connector: Connector): boolean {
  const resource = connector.resource(name)
  return resource !== undefined && !resource.snapshotOnly
}

function fromConfiguration(text: string, objects: string[], faults: Report): ConfiguredResource[] {
  const key = configurationKey('event.poller.configuration')
  const parsed = parseObject(text)
  if (!parsed) {
    faults.push({
      key,
      message: 'is not a JSON object of resources, such as {"contacts": {"url": "/hubs/crm/contacts"}}',
    })
    return []
  }
  const resources: ConfiguredResource[] = []
  for (const [name, value] of Object.entries(parsed)) {
    if (!isObject(value))
      faults.push({ key: `${key}.${name}`, message: 'is not an object with a "url"', resource: name })
    else {
      const left = objects.filter(object => !Object.hasOwn(parsed, object))
      for (const object of namedBy(name, left, objects, `${key}.${name}`, faults))
        resources.push(resourceOf(object, `${key}.${name}`, value, faults))
    }
  }
  return resources
}

/** The resources that a name stands for: itself, or for `{objectName}` those of `event.objects` that are `left`. */
function namedBy(name: string, left: string[], objects: string[], key: string, faults: Report): string[] {
  if (name !== anyObject) return [name]
  if (objects.length === 0) {
    const objectsKey = JSON.stringify('event.objects')
    faults.push({
      key,
      message: `stands for the objects of ${objectsKey}, which names none; name them: "contacts,tags"`,
    })
  }
  return left
}

/** `{objectName}` replaced in every text. */
function named(value: Members, object: string): Members {
  return JSON.parse(JSON.stringify(value).replaceAll(anyObject, JSON.stringify(object).slice(1, -1))) as Members
}

/**
 * What Cloud Elements had before `event.poller.configuration`: a line per resource,
 * `name|url|filter|updatedField|updatedFormat|updatedZone|createdField|createdFormat|createdZone`, or only names, by
 * lines, bars or commas. The filter picked the records out of an answer, which the definition does.
 */
function fromUrls(text: string, objects: string[], faults: Report): ConfiguredResource[] {
  const key = configurationKey('event.poller.urls')
  const lines = text.split(/\r?\n|\\n/).flatMap(partsOfLine)
  const names = new Set(lines.map(([name = '']) => name))
  const left = objects.filter(object => !names.has(object))
  const resources = new Map<string, ConfiguredResource>()
  for (const [line = '', url, _filter, ...dates] of lines) {
    const datesConfiguration = Object.fromEntries(dateMembers.map((member, at) => [member, dates[at]]))
    for (const name of namedBy(line, left, objects, key, faults)) {
      if (resources.has(name)) faults.push({ key, message: `names ${JSON.stringify(name)} more than once` })
      else resources.set(name, resourceOf(name, `${key}.${name}`, { url, datesConfiguration }, faults))
    }
  }
  return [...resources.values()]
}

/** A resource with its members, or several that are only named. */
function partsOfLine(line: string): string[][] {
  const parts = line.split('|').map(part => part.trim())
  const hasMembers = parts.length > 2 ? parts[1] === '' || parts[1]?.includes('/') : parts[1]?.includes('/')
  const found = hasMembers ? [parts] : parts.flatMap(part => part.split(',').map(name => [name.trim()]))
  return found.filter(([name]) => name !== '')
}

const longestName = 200

function resourceOf(name: string, key: string, given: Members, faults: Report): ConfiguredResource {
  if (name.length === 0 || name.length > longestName)
    faults.push({ key, message: `a resource's name has 1 to ${longestName} characters`, resource: name })
  const value = named(given, name)
  const dates = isObject(value['datesConfiguration']) ? value['datesConfiguration'] : {}
  const number = (member: string) =>
    readNumber(value, member, message => {
      faults.push({ key: `${key}.${member}`, message, resource: name })
    })
  return {
    name,
    key,
    url: textOf(value['url']),
    idField: textOf(value['idField']),
    dates: Object.fromEntries(
      dateMembers.flatMap(member => {
        const given = textOf(dates[member])
        return given === null ? [] : [[member, given]]
      }),
    ),
    filterByUpdatedDate: flag(value['filterByUpdatedDate'] ?? value['filterByUpdateDate'], true),
    filterByCurrentDate: flag(value['filterByCurrentDate'], false),
    snapshot: value['mode'] === 'snapshot' ? true : value['mode'] === 'dates' ? false : null,
    createdCheckToleranceSeconds: number('createdCheckTolerance') ?? 0,
    pollDelaySeconds: number('pollDelay') ?? 0,
    pageSize: number('pageSize') || null,
  }
}

function parseObject(json: string): Members | null {
  try {
    const parsed: unknown = JSON.parse(json)
    // Clients that print everything as a string may print this twice.
    if (typeof parsed === 'string') return parseObject(parsed)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function flag(value: unknown, missing: boolean): boolean {
  if (typeof value === 'boolean') return value
  return typeof value === 'string' && value.trim() !== '' ? value.trim().toLowerCase() !== 'false' : missing
}

// Beyond it, a date less so many seconds is none.
const largestNumber = 1_000_000_000

function readNumber(value: Members, member: string, fault: (message: string) => void): number | null {
  const given = value[member]
  if (given === undefined || given === null || given === '') return null
  const number = typeof given === 'object' ? NaN : Number(given)
  if (number >= 0 && number <= largestNumber) return Math.floor(number)
  fault(`${JSON.stringify(given)} is not a number from 0 to ${largestNumber}`)
  return null
}
