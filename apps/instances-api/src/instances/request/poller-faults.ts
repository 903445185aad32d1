import type { Connector } from '#connectors'
import { eventsMode, readPolling, wantsReconciling, type Configuration } from '#instances'
import { placeOf, quoted, type Faults } from './faults.js'

const pollerKey = 'event.poller.configuration'

/** What each member of a resource's configuration has to be; others are kept and mean nothing. */
const members: Readonly<Record<string, (value: unknown) => string | null>> = {
  url: text('a text such as "/hubs/marketing/contacts"'),
  idField: text('the path of the id, such as "id"'),
  datesConfiguration: value => (isObject(value) ? null : 'an object such as {"updatedDateField": "updated_at"}'),
  filterByUpdatedDate: flag,
  filterByUpdateDate: flag,
  filterByCurrentDate: flag,
  createdCheckTolerance: number('a number of seconds, 0 or more', 0),
  pollDelay: number('a number of seconds, 0 or more', 0),
  pageSize: number('how many records a page has, 1 or more', 1),
  mode: value => (value === 'dates' || value === 'snapshot' ? null : '"dates" or "snapshot"'),
}

const dateMembers = ['Field', 'Format', 'Timezone'].flatMap(end => [`updatedDate${end}`, `createdDate${end}`])

/** Reports what is wrong with the `event.poller.*` keys. What was reported of a place before isn't reported again. */
export function reportPollerFaults(configuration: Configuration, connector: Connector, faults: Faults): void {
  reportInterval(configuration['event.poller.refresh_interval'], faults)
  reportShapes(configuration[pollerKey], faults)
  const given = Object.keys(configuration).some(key => key.startsWith('event.poller.') && configuration[key])
  const mode = eventsMode(configuration, connector.hasWebhooks)
  reportReconciling(configuration, connector, faults)
  const polls = mode === 'polling' || (mode === 'webhook' && wantsReconciling(configuration))
  if (!given && !polls) return
  const polling = readPolling(configuration, connector)
  for (const { key, message } of polling.faults) faults.add(key, message)
  if (polls && polling.resources.length === 0) reportNothing(configuration, faults)
}

function reportNothing(configuration: Configuration, faults: Faults): void {
  const place = placeOf(['configuration', pollerKey])
  if (faults.within(place) || faults.within(reconcilePlace)) return
  // Left out, it means the webhooks' objects, of which none can be polled by a date.
  const defaulted = wantsReconciling(configuration) && !configuration[pollerKey]
  if (defaulted) faults.add(reconcilePlace, `has nothing to poll; name resources in ${JSON.stringify(pollerKey)}`)
  else faults.add(place, 'names no resource to poll; write at least one, or leave it out')
}

const reconcilePlace = placeOf(['configuration', 'event.poller.reconcile'])

function reportReconciling(configuration: Configuration, connector: Connector, faults: Faults): void {
  if (!wantsReconciling(configuration)) return
  const { name } = connector.definition
  if (!connector.hasWebhooks) faults.add(reconcilePlace, `${name} has no webhooks to poll beside; leave it out`)
  else if (connector.resources.length === 0) faults.add(reconcilePlace, `${name} can't be polled; leave it out`)
  else if (configuration['event.vendor.type'] === 'polling')
    faults.add(
      reconcilePlace,
      'is for instances with webhooks; write "webhooks" as "event.vendor.type", or leave it out',
    )
}

function reportInterval(value: string | null | undefined, faults: Faults): void {
  if (value === undefined || value === null || value.trim() === '') return
  const minutes = Number(value)
  if (Number.isFinite(minutes) && minutes >= 1 && minutes <= 525_600) return
  const why = Number.isFinite(minutes) && minutes < 1 ? 'is shorter than a minute' : 'is not a number of minutes'
  faults.add(
    placeOf(['configuration', 'event.poller.refresh_interval']),
    `${quoted(value)} ${why}; write the minutes between two polls, 1 or more`,
  )
}

function reportShapes(json: string | null | undefined, faults: Faults): void {
  for (const [name, resource] of Object.entries(parsed(json))) {
    if (!isObject(resource)) continue
    const path = ['configuration', pollerKey, name]
    reportMembers(resource, members, path, faults)
    const dates = resource['datesConfiguration']
    if (!isObject(dates)) continue
    const expected: typeof members = Object.fromEntries(dateMembers.map(member => [member, text('a text')]))
    reportMembers(dates, expected, [...path, 'datesConfiguration'], faults)
  }
}

function reportMembers(
  value: Readonly<Record<string, unknown>>,
  expectations: typeof members,
  path: readonly string[],
  faults: Faults,
): void {
  for (const [member, expectation] of Object.entries(expectations)) {
    const given = value[member]
    if (given === undefined || given === null || given === '') continue
    const expected = expectation(given)
    if (expected !== null) faults.add(placeOf([...path, member]), `${quoted(given)} is not ${expected}`)
  }
}

// Anything that can't be read at all is `readPolling`'s to report.
function parsed(json: string | null | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json ?? '')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(expected: string) {
  return (value: unknown) => (typeof value === 'string' ? null : expected)
}

function flag(value: unknown): string | null {
  return ['true', 'false'].includes(String(value).trim().toLowerCase()) ? null : 'true or false'
}

function number(expected: string, least: number) {
  return (value: unknown) => (typeof value !== 'object' && Number(value) >= least ? null : expected)
}
