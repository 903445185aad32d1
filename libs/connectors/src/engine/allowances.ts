import { createHash } from 'node:crypto'
import type { Definition, RequestLimitDefinition, Template } from '../definition.js'
import type { RequestAllowance, VendorSession } from '../session.js'
import { fill, MissingValueError, namesOf } from './template.js'

// Where nobody says what a vendor counts by, only its own words about its budget matter.
const unknownWindowMs = 60_000

/**
 * What a session's requests count against at the vendor. Empty: nothing tells its account from others, so that only the
 * instance itself can be what is counted by.
 */
export function allowancesOf(definition: Definition, session: VendorSession): RequestAllowance[] {
  const { limits = [], remaining, reset } = definition.api.rateLimit ?? {}
  const saysWhen = remaining !== undefined && reset !== undefined
  const known = limits.flatMap((limit, index) => {
    const account = accountOf(definition, session, limit.per)
    if (account === null) return []
    const told = index === 0
    return [{ account: hashed(`${definition.key}\0${index}\0${account}`), told, ...windowOf(limit, told && saysWhen) }]
  })
  if (known.some(({ told }) => told)) return known
  const account = ownAccount(definition, session)
  if (account === null) return known
  const unknown = { account: hashed(`${definition.key}\0${account}`), requests: null, windowMs: unknownWindowMs }
  return [{ ...unknown, told: true }, ...known]
}

/** Whether a template of `per` could be filled in by a stranger. */
export function namesAnybody(definition: Definition, template: Template): boolean {
  const secret = new Set(definition.fields.filter(field => field.secret).map(({ key }) => key))
  return !namesOf(template).some(name => isTold(definition, name) || secret.has(name))
}

/**
 * A vendor whose headers say when its window ends is asked for all that is in it. Where nobody knows when windows begin,
 * a tenth of one at a time is asked for, so that whatever stretch as long as a window holds no more than is allowed.
 */
function windowOf({ requests, windowSeconds }: RequestLimitDefinition, isTold: boolean) {
  const windowMs = windowSeconds * 1_000
  if (isTold) return { requests, windowMs }
  const parts = Math.max(1, Math.min(10, requests - 1))
  const part = Math.max(1, Math.floor(requests / (parts + 1)))
  return { requests: part, windowMs: Math.ceil(windowMs / parts) }
}

function accountOf(definition: Definition, session: VendorSession, per: readonly Template[]): string | null {
  for (const template of per) {
    try {
      return fill(template, name => nonEmpty(valueOf(definition, session, name)))
    } catch (error) {
      if (!(error instanceof MissingValueError)) throw error
    }
  }
  return null
}

// What the vendor tells can't be configured: a stranger's configuration may hold a member of any name.
function valueOf(definition: Definition, { identity, configuration }: VendorSession, name: string) {
  if (name === 'workspace') return identity.workspace
  if (isTold(definition, name)) return identity.variables[name]
  return Object.hasOwn(configuration, name) ? configuration[name] : undefined
}

function isTold(definition: Definition, name: string): boolean {
  return name === 'workspace' || (definition.identify ?? []).some(step => Object.hasOwn(step.variables ?? {}, name))
}

function ownAccount(definition: Definition, session: VendorSession): string | null {
  if (session.identity.workspace) return `workspace\0${session.identity.workspace}`
  const { headers, basic } = definition.authentication
  const templates = [...Object.values(headers ?? {}), ...(basic ? [basic.username, basic.password] : [])]
  const values = templates.flatMap(namesOf).map(name => nonEmpty(session.configuration[name]))
  return values.some(value => value !== undefined) ? `credentials\0${JSON.stringify(values)}` : null
}

function nonEmpty(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
