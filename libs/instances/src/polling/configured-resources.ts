import type { Connector, DatesConfiguration } from '#connectors'
import { monitoredObjects } from '../configuration.js'
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
  if (urls) return fromUrls(urls)
  const names = objects.length > 0 ? objects : Object.keys(connector.defaultPolling)
  return names.map(name => resourceOf(name, configurationKey('event.objects'), {}, faults))
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
    else if (name === anyObject) {
      const left = objects.filter(object => !(object in parsed))
      resources.push(...left.map(object => resourceOf(object, `${key}.${name}`, named(value, object), faults)))
    } else resources.push(resourceOf(name, `${key}.${name}`, value, faults))
  }
  return resources
}

/** `{objectName}` replaced in every text. */
function named(value: Members, object: string): Members {
  return JSON.parse(JSON.stringify(value).replaceAll(anyObject, JSON.stringify(object).slice(1, -1))) as Members
}

/**
 * What Cloud Elements had before `event.poller.configuration`: a line per resource,
 * `name|url|filter|updatedField|updatedFormat|updatedZone|createdField|createdFormat|createdZone`, or only names.
 */
function fromUrls(text: string): ConfiguredResource[] {
  const key = configurationKey('event.poller.urls')
  return text
    .split(/\r?\n|\\n/)
    .map(line => line.trim().split('|'))
    .flatMap(parts => (parts[1]?.includes('/') ? [parts] : parts.map(name => [name])))
    .filter(([name]) => name?.trim())
    .map(([name = '', url, _filter, ...dates]) => {
      const datesConfiguration = Object.fromEntries(dateMembers.map((member, at) => [member, dates[at]]))
      return resourceOf(name.trim(), key, { url, datesConfiguration }, [])
    })
}

function resourceOf(name: string, key: string, value: Members, faults: Report): ConfiguredResource {
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

function readNumber(value: Members, member: string, fault: (message: string) => void): number | null {
  const given = value[member]
  if (given === undefined || given === null || given === '') return null
  const number = Number(given)
  if (Number.isFinite(number) && number >= 0) return Math.floor(number)
  fault(`${JSON.stringify(given)} is not a number from 0`)
  return null
}
