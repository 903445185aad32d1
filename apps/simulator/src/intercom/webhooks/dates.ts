import { isObject, type JsonObject } from '../../http/body.js'

/** `2023-08-15T18:49:35.016+00:00`: what webhooks write where REST has Unix seconds. */
export function isoWithOffset(seconds: number): string {
  return `${new Date(seconds * 1000 + 16).toISOString().slice(0, -1)}+00:00`
}

/** `2026-01-10T07:56:29.000Z`: the other way webhooks write dates. */
export function isoZulu(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

/** A contact or company as webhooks carry it: its dates are ISO text with an offset. */
export function withIsoDates(record: JsonObject): JsonObject {
  return mapDates(record, isoWithOffset)
}

/** An article as webhooks carry it. */
export function withZuluDates(record: JsonObject): JsonObject {
  return mapDates(record, isoZulu)
}

/** A conversation as webhooks carry it: integers, except those of its statistics. */
export function withZuluStatistics(conversation: JsonObject): JsonObject {
  const { statistics } = conversation
  return isObject(statistics) ? { ...conversation, statistics: withZuluDates(statistics) } : conversation
}

function mapDates(record: JsonObject, write: (seconds: number) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      key.endsWith('_at') && typeof value === 'number' ? write(value) : value,
    ]),
  )
}
