import { parseHubUrl, type Connector, type DatesConfiguration, type HubQuery, type ResourceInfo } from '#connectors'
import { compileDatePattern, renderTemplate } from '#dates'
import type { Configuration } from '../instance.js'
import { configuredResources, configurationKey, type ConfiguredResource } from './configured-resources.js'

/** What's wrong with a configuration. */
export interface ConfigurationFault {
  /** Where: `configuration."event.poller.configuration".contacts.datesConfiguration.createdDateFormat`. */
  key: string
  message: string
  /** The resource that can't be polled for it; absent where it concerns all of them. */
  resource?: string
}

/** A date of a record: where it is and how it reads. */
export interface DateReading {
  field: string
  format: string
  /** Of dates that name no zone. */
  timeZone: string
  /** How the definition would read the same field, for records that `format` doesn't fit. */
  fallback?: { format: string; timeZone: string }
}

/** How one resource is polled: its configuration over its definition's defaults. */
export interface ResourcePolling {
  /** The key that it's configured under, and its events' objectType. */
  name: string
  /** A hub URL with templates. */
  url: string
  /** Null: the definition's. A dotted path. */
  idField: string | null
  updated: DateReading | null
  created: DateReading | null
  /** False: only creation counts. */
  filterByUpdatedDate: boolean
  /** Leaves what changed after the run's start to the next one. */
  filterByCurrentDate: boolean
  /** Changes are found by comparing whole listings. */
  snapshot: boolean
  createdCheckToleranceMs: number
  pollDelayMs: number
  /** The definition's: how late a change may show. */
  overlapMs: number
  pageSize: number | null
}

/** All that the `event.poller.*` keys say. */
export interface Polling {
  resources: ResourcePolling[]
  /** Never shorter than a minute. */
  intervalMs: number
  /** Since when changes are wanted; null: from now. Milliseconds since 1970. */
  backfill: number | null
  /** Empty: all of it can be used. */
  faults: ConfigurationFault[]
}

const shortestIntervalMs = 60_000
const defaultIntervalMinutes = 15
const longestIntervalMinutes = 525_600
/** How far a client's clock may be ahead. */
const aheadMs = 5 * 60_000

/**
 * Reads `event.poller.configuration`, or what stands in for it: the old `event.poller.urls`, or else the element's
 * default resources, those of `event.objects` where that is set. Never throws: what's wrong is in `faults`.
 */
export function readPolling(configuration: Configuration, connector: Connector): Polling {
  const faults: ConfigurationFault[] = []
  const snapshot = readMode(configuration, faults)
  const resources = configuredResources(configuration, connector, faults).map(resource =>
    readResource(resource, connector, snapshot, faults),
  )
  return {
    resources,
    intervalMs: readInterval(configuration, faults),
    backfill: readBackfill(configuration, faults),
    faults,
  }
}

/**
 * The hub query of a resource's URL for a poll that wants what changed since `since`.
 * @throws HubUrlError, and where a template isn't one
 */
export function pollQuery(
  { url, pageSize }: Pick<ResourcePolling, 'url' | 'pageSize'>,
  instants: { since: number; now: number },
): HubQuery {
  const query = parseHubUrl(renderTemplate(url, instants))
  return pageSize === null ? query : { ...query, pageSize }
}

function readMode(configuration: Configuration, faults: ConfigurationFault[]): boolean {
  const mode = configuration['event.poller.mode']?.trim()
  if (mode && mode !== 'snapshot' && mode !== 'dates') {
    faults.push({
      key: configurationKey('event.poller.mode'),
      message: `${JSON.stringify(mode)} is neither "dates" nor "snapshot"`,
    })
  }
  return mode === 'snapshot'
}

function readInterval(configuration: Configuration, faults: ConfigurationFault[]): number {
  const text = configuration['event.poller.refresh_interval']?.trim()
  const minutes = text ? (/^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN) : defaultIntervalMinutes
  if (minutes > 0 && minutes <= longestIntervalMinutes)
    return Math.max(shortestIntervalMs, Math.round(minutes * 60_000))
  faults.push({
    key: configurationKey('event.poller.refresh_interval'),
    message: `${JSON.stringify(text)} is not a number of minutes from 1 to ${longestIntervalMinutes}`,
  })
  return defaultIntervalMinutes * 60_000
}

function readBackfill(configuration: Configuration, faults: ConfigurationFault[]): number | null {
  const text = configuration['event.poller.backfill']?.trim()
  if (!text) return null
  const instant = instantOf(text)
  if (instant !== null && instant <= Date.now() + aheadMs) return instant
  const why = instant === null ? 'is not an ISO 8601 instant' : 'is in the future; write an instant of the past'
  faults.push({
    key: configurationKey('event.poller.backfill'),
    message: `${JSON.stringify(text)} ${why}, such as "2026-01-31T00:00:00Z"`,
  })
  return null
}

const isoInstant = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i

/** In UTC where it names no zone. */
function instantOf(text: string): number | null {
  const [, day, time, zone] = isoInstant.exec(text) ?? []
  if (day === undefined) return null
  // JavaScript takes February 31 for March 3.
  const midnight = Date.parse(day)
  if (!Number.isFinite(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null
  const instant = Date.parse(time === undefined || zone !== undefined ? text : `${text}Z`)
  return Number.isFinite(instant) ? instant : null
}

function readResource(
  configured: ConfiguredResource,
  connector: Connector,
  snapshot: boolean,
  faults: ConfigurationFault[],
): ResourcePolling {
  const fault = (member: string, message: string) => {
    faults.push({ key: `${configured.key}.${member}`, message, resource: configured.name })
  }
  const url = configured.url ?? connector.resource(configured.name)?.pollUrl ?? `/hubs/any/${configured.name}`
  const resource = readUrl(url, connector, message => fault('url', message))
  const updated = readDate('updated', configured.dates, resource, fault)
  const created = readDate('created', configured.dates, resource, fault)
  return {
    name: configured.name,
    url,
    // The definition's own knows what else makes its id.
    idField: resource?.idPrefix && configured.idField === resource.idField ? null : configured.idField,
    updated,
    created,
    filterByUpdatedDate: configured.filterByUpdatedDate,
    filterByCurrentDate: configured.filterByCurrentDate,
    snapshot: configured.snapshot ?? (snapshot || (!updated && !created)),
    createdCheckToleranceMs: configured.createdCheckToleranceSeconds * 1_000,
    pollDelayMs: configured.pollDelaySeconds * 1_000,
    overlapMs: (resource?.overlapSeconds ?? 0) * 1_000,
    pageSize: configured.pageSize,
  }
}

function readUrl(url: string, connector: Connector, fault: (message: string) => void): ResourceInfo | undefined {
  try {
    const now = Date.now()
    const query = parseHubUrl(renderTemplate(url, { since: now, now }))
    const resource = connector.resource(query.resource)
    if (!resource) {
      const known = connector.resources.map(({ name }) => name).join(', ')
      fault(`${connector.key} has no resource ${JSON.stringify(query.resource)}; it has ${known}`)
      return undefined
    }
    for (const message of connector.faults(query)) fault(message)
    return resource
  } catch (error) {
    fault(messageOf(error))
    return undefined
  }
}

function readDate(
  which: DateSlot,
  configured: DatesConfiguration,
  resource: ResourceInfo | undefined,
  fault: FaultAt,
): DateReading | null {
  const defaults = resource?.dates ?? {}
  const field = configured[`${which}DateField`] || defaults[`${which}DateField`]
  if (!field) {
    checkUnused(which, configured, fault)
    return null
  }
  const known = knownAs(field, which, defaults)
  const format = configured[`${which}DateFormat`] || known.format || defaults[`${which}DateFormat`]
  if (!format) {
    fault(`datesConfiguration.${which}DateFormat`, `is missing: say how ${JSON.stringify(field)} is written`)
    return null
  }
  const knownZone = known.timeZone || (resource?.timeZone ?? 'UTC')
  const timeZone = configured[`${which}DateTimezone`] || knownZone
  checkPattern(which, format, timeZone, fault)
  // A zone that is configured belongs to the format beside it: 'Z' and GMT say nothing of dates that have no Z.
  const fallback = known.format && known.format !== format ? { format: known.format, timeZone: knownZone } : undefined
  return { field, format, timeZone, ...(fallback && { fallback }) }
}

// Nothing uses the format, but whoever wrote it believes that something does.
function checkUnused(which: DateSlot, configured: DatesConfiguration, fault: FaultAt): void {
  const format = configured[`${which}DateFormat`]
  if (format) checkPattern(which, format, configured[`${which}DateTimezone`] || 'UTC', fault)
}

type DateSlot = 'updated' | 'created'
type FaultAt = (member: string, message: string) => void

/** How the definition reads the field, in whichever slot: iContact's documented configuration has createDate in both. */
function knownAs(
  field: string,
  which: DateSlot,
  defaults: DatesConfiguration,
): { format?: string | undefined; timeZone?: string | undefined } {
  const slots: DateSlot[] = which === 'updated' ? ['updated', 'created'] : ['created', 'updated']
  const slot = slots.find(name => defaults[`${name}DateField`] === field)
  return slot ? { format: defaults[`${slot}DateFormat`], timeZone: defaults[`${slot}DateTimezone`] } : {}
}

function checkPattern(which: string, format: string, timeZone: string, fault: FaultAt): void {
  try {
    compileDatePattern(format)
  } catch (error) {
    fault(`datesConfiguration.${which}DateFormat`, messageOf(error))
    return
  }
  try {
    compileDatePattern(format, timeZone)
  } catch (error) {
    fault(`datesConfiguration.${which}DateTimezone`, messageOf(error))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
