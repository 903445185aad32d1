import type { ErasedObject } from '#deliveries'
import { Refused } from '../errors/refusal.js'

const everything = 'everything'
const longest = 10_000

/** Reads which events are to be erased; null: all. Every fault at once. */
export function readErasureRequest(body: unknown): ErasedObject | null {
  const given =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {}
  const { objectType, objectId, confirm, ...others } = given
  const isObject = objectType !== undefined || objectId !== undefined
  const faults = [
    ...Object.keys(others).map(name => `${name}: is none of objectType, objectId, confirm`),
    ...(isObject ? objectFaults({ objectType, objectId }) : confirmFaults(confirm)),
    ...(isObject && confirm !== undefined ? ['confirm: is for all events of the instance; leave it out'] : []),
  ]
  if (faults.length > 0) throw new Refused({ kind: 'invalid', faults })
  return isObject ? { objectType: String(objectType), objectId: String(objectId) } : null
}

function objectFaults(object: { objectType: unknown; objectId: unknown }): string[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const other = name === 'objectId' ? 'objectType' : 'objectId'
    const fault = value === undefined ? `is missing; it goes with ${other}` : faultOf(value)
    return fault ? [`${name}: ${fault}`] : []
  })
}

function confirmFaults(confirm: unknown): string[] {
  if (confirm === everything) return []
  const was = confirm === undefined ? 'is missing' : `is ${JSON.stringify(confirm)?.slice(0, 100)}`
  return [`confirm: ${was}; expected "${everything}" to erase all events of the instance, or objectType and objectId`]
}

function faultOf(value: unknown): string | null {
  const shown = JSON.stringify(value)?.slice(0, 100)
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return `is ${shown}; expected a text`
  const text = String(value)
  if (text === '' || text.length > longest) return `is of ${text.length} characters; expected 1 to ${longest}`
  return text.includes('\0') ? 'has a NUL character, which no stored event has' : null
}
