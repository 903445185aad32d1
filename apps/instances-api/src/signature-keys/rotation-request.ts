import { mask } from '#instances'
import { randomBytes } from 'node:crypto'
import { reportUnstorable } from '../instances/request/configuration-text.js'
import { signatureKeyFault } from '../instances/request/event-faults.js'
import { Faults, quoted } from '../instances/request/faults.js'
import { isPlaceholder } from '../instances/request/placeholders.js'

/** What a rotation is asked to be, with nothing wrong in it. */
export interface Rotation {
  key: string
  overlapMs: number
}

const defaultHours = 24
const mostHours = 720
const longestKey = 1_024

/** Reads `{key?, overlapHours?}`, or no body at all; every fault at once. */
export function readRotation(body: unknown): Rotation | { faults: readonly string[] } {
  const faults = new Faults()
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body))) {
    faults.add('body', `${quoted(body)} is not an object; write {}, or {"key": "…", "overlapHours": ${defaultHours}}`)
    return { faults: faults.lines }
  }
  const { key, overlapHours } = (body ?? {}) as { key?: unknown; overlapHours?: unknown }
  const rotation = { key: readKey(key, faults), overlapMs: readOverlap(overlapHours, faults) * 3_600_000 }
  return faults.lines.length > 0 ? { faults: faults.lines } : rotation
}

// Both headers can use it: the old one takes the text as it stands, Standard Webhooks what the base64 stands for.
function randomKey(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function readKey(key: unknown, faults: Faults): string {
  if (key === undefined || key === null) return randomKey()
  if (typeof key !== 'string') {
    faults.add('key', 'is not a text; write a key of your own, or leave it out to have one made')
    return ''
  }
  const fault = keyFault(key)
  if (fault !== null) faults.add('key', fault)
  reportUnstorable(key, ['key'], faults)
  return key
}

// Secrets aren't quoted.
function keyFault(key: string): string | null {
  if (key.trim() === '') return 'is empty; write a key of your own, or leave it out to have one made'
  if (key.length > longestKey) return `has ${key.length} characters; ${longestKey} are the most`
  if (isPlaceholder(key)) return `${quoted(key)} is a placeholder; write the key itself, or leave it out`
  if (key === mask) return `${quoted(mask)} is what keys are shown as; write the key itself, or leave it out`
  return signatureKeyFault(key)
}

function readOverlap(hours: unknown, faults: Faults): number {
  if (hours === undefined || hours === null) return defaultHours
  if (typeof hours === 'number' && hours >= 0 && hours <= mostHours) return hours
  faults.add('overlapHours', `${quoted(hours)} is not a number from 0 to ${mostHours}`)
  return 0
}
