import type { VendorRecord } from '#connectors'
import { compileDatePattern } from '#dates'
import { recordHash } from '#events'
import type { DateReading, ResourcePolling } from '#instances'

/** A record's date: where it is, and how to read it. */
export interface DateField {
  readonly field: string
  /** Milliseconds since 1970; null where the field is missing, empty or not a date. */
  read(fields: Fields): number | null
  /** `instant` as this field can hold it: a date without a time is the day's beginning. */
  truncate(instant: number): number
  /** The first instant that this field writes as it does `instant`: clocks that are put back show an hour twice. */
  earliest(instant: number): number
}

type Fields = Readonly<Record<string, unknown>>

/** A resource's configuration, compiled. */
export interface Settings extends Omit<ResourcePolling, 'updated' | 'created'> {
  readonly updated: DateField | null
  readonly created: DateField | null
  /** The date that is compared; null in a snapshot of what has none. */
  readonly watched: DateField | null
  /** The watched date is that of creation, and another one tells of updates. */
  readonly createdOnly: boolean
  /** Differs where a run can't go on with another's position. */
  readonly fingerprint: string
}

/** What a record says, or why it can't be used. `date` is the one that is compared; it means nothing in a snapshot. */
export type RecordReading =
  | { kind: 'read'; id: string; updated: number | null; created: number | null; date: number }
  | { kind: 'unreadable'; why: string }

const longestGrain = 366 * 86_400_000
/** What a JavaScript date can hold. */
const latestInstant = 8.64e15
/** What PostgreSQL can't: NUL, and halves of surrogate pairs. */
const unstorable = /[\0\ud800-\udfff]/u

/** @throws where a pattern or zone isn't one; `readPolling` lists these as faults */
export function compile(polling: ResourcePolling): Settings {
  const updated = polling.updated && dateField(polling.updated)
  const created = polling.created && dateField(polling.created)
  const watched = polling.filterByUpdatedDate ? (updated ?? created) : (created ?? updated)
  const createdOnly = !polling.filterByUpdatedDate && updated !== null && created?.field !== updated.field
  return { ...polling, updated, created, watched, createdOnly, fingerprint: contentHash(polling) }
}

/** Reads a record's id and dates. A configured id field that the record lacks gives way to the definition's. */
export function readRecord(record: VendorRecord, settings: Settings): RecordReading {
  const { idField, snapshot, watched } = settings
  const id = (idField ? idAt(record.fields, idField) : null) || record.id
  if (!id) return { kind: 'unreadable', why: `a record has no id at ${idField ?? 'its id field'}` }
  if (unstorable.test(id)) return { kind: 'unreadable', why: 'a record has an id that is no text' }
  const updated = readDate(settings.updated, record)
  const created = readDate(settings.created, record)
  const date = settings.filterByUpdatedDate ? (updated ?? created) : (created ?? updated)
  const fault = snapshot ? null : dateFault(date, watched, record.fields)
  if (fault !== null) return { kind: 'unreadable', why: `${id}: ${fault}` }
  return { kind: 'read', id, updated, created, date: date ?? 0 }
}

function readDate(field: DateField | null, record: VendorRecord): number | null {
  return field && field.read(record.fields)
}

function dateFault(date: number | null, watched: DateField | null, fields: Fields): string | null {
  // Dated by its other date, that it changed would be hidden.
  const garbled = garbledDate(watched, fields)
  if (garbled !== null) return `${watched?.field} ${garbled} is no date as configured`
  return date === null ? `${watched?.field ?? 'its date'} is missing or not a date as configured` : null
}

const mostShown = 40

/** What stands in a date's place and is none, quoted and shortened; null where nothing does, or a date. */
function garbledDate(field: DateField | null, fields: Fields): string | null {
  const value = field && valueAt(fields, field.field)
  if (value === undefined || value === null || field?.read(fields) !== null) return null
  const text = typeof value === 'string' ? value.trim() : JSON.stringify(value)
  if (text === '') return null
  return JSON.stringify(text.length > mostShown ? `${text.slice(0, mostShown)}…` : text)
}

/** The content's hash: part of the event's id, and of what was seen. */
export function contentHash(value: unknown): string {
  return recordHash(value)
}

/** The member at a dotted path; a name with dots in it comes first. */
export function valueAt(fields: Fields, path: string): unknown {
  if (path in fields) return fields[path]
  let value: unknown = fields
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Fields)[name]
  }
  return value
}

function idAt(fields: Fields, path: string): string | null {
  const value = valueAt(fields, path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

const putBackBy = [3_600_000, 1_800_000]

function dateField({ field, format, timeZone, fallback }: DateReading): DateField {
  const pattern = compileDatePattern(format, timeZone)
  const second = fallback && compileDatePattern(fallback.format, fallback.timeZone)
  const truncate = (instant: number) => {
    const truncated = pattern.parse(pattern.format(instant))?.epochMs
    return truncated !== undefined && truncated <= instant && instant - truncated <= longestGrain ? truncated : instant
  }
  return {
    field,
    read(fields) {
      const value = valueAt(fields, field)
      if (typeof value !== 'string' && typeof value !== 'number') return null
      const text = String(value).trim()
      if (text === '') return null
      const instant = (pattern.parse(text) ?? second?.parse(text))?.epochMs ?? null
      return instant !== null && Math.abs(instant) <= latestInstant ? instant : null
    },
    truncate,
    earliest(instant) {
      const begin = truncate(instant)
      const text = pattern.format(begin)
      return begin - (putBackBy.find(ms => pattern.format(begin - ms) === text) ?? 0)
    },
  }
}
