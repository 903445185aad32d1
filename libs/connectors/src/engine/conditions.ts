import {
  likeForms,
  operators,
  type FilterDefinition,
  type FilterField,
  type JsonTemplate,
  type LikeForm,
  type Operator,
} from '../definition.js'
import { compareDates, dateCheck, isExact, spareMs, vendorDate, zoneOf } from './date-bound.js'
import type { Clause, Condition } from './hub-query.js'
import type { Members } from './path.js'
import { fillMembers } from './template.js'
import { parseInstant } from './vendor-date.js'

/** A condition as the vendor takes it, and what the engine has to compare itself. */
export interface VendorCondition {
  /** Parameters of the query, or entries of the body's list of conditions. */
  asked: { [member: string]: JsonTemplate }[]
  check?: (record: Members) => boolean
}

/** Says in a sentence what the vendor can't do. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError'
}

/**
 * What all have to hold, in the vendor's words.
 * @param accountZone what the vendor said of the account
 * @throws UnansweredError
 */
export function vendorClauses(
  filter: FilterDefinition,
  clauses: readonly Clause[],
  accountZone: string | undefined,
): VendorCondition[] {
  const ranges = filter.between ? rangesIn(filter, clauses) : []
  const single = clauses.filter(clause => !ranges.some(({ from, to }) => clause === from || clause === to))
  return [
    ...ranges.map(range => rangeCondition(filter, range, accountZone)),
    ...single.map(clause => vendorClause(filter, clause, accountZone)),
  ]
}

/** Both ends of one date. */
interface Range {
  from: Condition
  to: Condition
}

function rangesIn({ fields }: FilterDefinition, clauses: readonly Clause[]): Range[] {
  const conditions = clauses.flatMap(clause => ('any' in clause ? [] : clause))
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.type !== 'date' || !isExact(field)) return []
    const own = conditions.filter(condition => condition.field === name)
    const from = own.find(({ operator }) => operator === '>' || operator === '>=')
    const to = own.find(({ operator }) => operator === '<' || operator === '<=')
    return own.length === 2 && from && to ? { from, to } : []
  })
}

// The vendor's ends are included, so an open one is moved by the second that dates are told to.
function rangeCondition(filter: FilterDefinition, { from, to }: Range, accountZone: string | undefined) {
  const field = filter.fields[from.field] ?? {}
  const zone = zoneOf(field, accountZone)
  const first = instantOf(from, zone) + (from.operator === '>' ? 1_000 : 0)
  const last = instantOf(to, zone) - (to.operator === '<' ? 1_000 : 0)
  const ends = [first - spareMs(field, first, zone), last + spareMs(field, last, zone)]
  const values = ends.map(instant => vendorDate(instant, field, zone))
  return { asked: [filledWith(filter.between ?? {}, field.as ?? from.field, values)] }
}

function vendorClause(filter: FilterDefinition, clause: Clause, accountZone: string | undefined): VendorCondition {
  if (!('any' in clause)) return vendorCondition(filter, clause, accountZone)
  const list = asList(filter, clause.any)
  return list ? vendorCondition(filter, list, accountZone) : anyOf(filter, clause.any, accountZone)
}

function anyOf(filter: FilterDefinition, any: readonly Condition[], accountZone: string | undefined): VendorCondition {
  const { anyOf: template, atMost = Infinity } = filter
  if (!template) {
    const lists = filter.operators.IN ? ', and by OR what one field can be equal to' : ''
    throw new UnansweredError(
      `where: "${any.map(textOf).join(' OR ')}" can't be asked; conditions are joined by AND${lists}`,
    )
  }
  if (any.length > atMost)
    throw new UnansweredError(`where: ${any.length} conditions joined by OR can't be asked; ${atMost} can`)
  const parts = any.map(condition => ({ condition, ...vendorCondition(filter, condition, accountZone) }))
  const double = parts.find(({ asked }) => asked.length !== 1)
  if (double) throw new UnansweredError(`where: "${textOf(double.condition)}" can't stand beside OR; > and < can`)
  const asked = [fillMembers(template, name => (name === 'conditions' ? parts.flatMap(part => part.asked) : undefined))]
  const checks = parts.flatMap(({ check }) => check ?? [])
  if (checks.length === 0) return { asked }
  const wide = parts.find(({ check }) => check)
  if (wide && checks.length < parts.length)
    throw new UnansweredError(
      `where: "${textOf(wide.condition)}" is only compared roughly, so it can't stand beside OR with what isn't such a date`,
    )
  return { asked, check: record => checks.some(check => check(record)) }
}

/** Alternatives of what one field is equal to, as IN, which vendors know that don't know OR. */
function asList(filter: FilterDefinition, alternatives: readonly Condition[]): Condition | null {
  const [{ field: name } = { field: '' }] = alternatives
  const field = Object.hasOwn(filter.fields, name) ? filter.fields[name] : undefined
  if (!field || field.type === 'date' || !operatorsOf(filter, field).includes('IN')) return null
  return alternatives.every(({ field: each, operator }) => each === name && (operator === '=' || operator === 'IN'))
    ? { field: name, operator: 'IN', values: alternatives.flatMap(({ values }) => values) }
    : null
}

function textOf({ field, operator, values }: Condition): string {
  return [field, operator, values.join(', ')].filter(part => part !== '').join(' ')
}

/** @throws UnansweredError */
function vendorCondition(
  filter: FilterDefinition,
  condition: Condition,
  accountZone: string | undefined,
): VendorCondition {
  const field = Object.hasOwn(filter.fields, condition.field) ? filter.fields[condition.field] : undefined
  if (!field)
    throw new UnansweredError(
      `where: "${condition.field}" can't be filtered by; these can: ${Object.keys(filter.fields).join(', ')}`,
    )
  if (field.type === 'date' && condition.values.length > 0) return dateCondition(filter, field, condition, accountZone)
  return { asked: [plainCondition(filter, field, condition)] }
}

/** Records dated at this instant or later. @throws UnansweredError */
export function sinceCondition(
  filter: FilterDefinition,
  field: string,
  since: number,
  accountZone: string | undefined,
): VendorCondition['asked'] {
  // The caller compares for itself, so nothing is left out here.
  return vendorCondition(filter, { field, operator: '>=', values: [String(since)] }, accountZone).asked
}

function dateCondition(
  filter: FilterDefinition,
  field: FilterField,
  condition: Condition,
  accountZone: string | undefined,
): VendorCondition {
  const zone = zoneOf(field, accountZone)
  const instant = instantOf(condition, zone)
  const known = new Set(operatorsOf(filter, field) as Operator[])
  const comparisons = compareDates(condition.operator, instant, field, zone, known)
  if (!comparisons) throw unknownOperator(filter, field, condition)
  const asked = comparisons.map(({ operator, bound }) => filled(filter, field, condition.field, operator, [bound]))
  if (isExact(field)) return { asked }
  return { asked, check: dateCheck(condition.operator, instant, field.as ?? condition.field, zone) }
}

function instantOf({ field, values: [value = ''] }: Condition, timeZone: string): number {
  const instant = parseInstant(value, timeZone)
  if (instant !== null) return instant
  throw new UnansweredError(
    `where: "${value}" is no date to compare "${field}" with; expected ISO 8601 or Unix seconds`,
  )
}

function plainCondition(filter: FilterDefinition, field: FilterField, condition: Condition) {
  const { field: name, operator } = condition
  const values = condition.values.map(value => typed(value, field, name))
  const reserved = filter.reserved?.find(mark => condition.values.some(value => value.includes(mark)))
  if (reserved !== undefined)
    throw new UnansweredError(
      `where: "${textOf(condition)}" can't be asked: "${reserved}" means more than itself there`,
    )
  if (field.operators && !field.operators.includes(operator)) throw unknownOperator(filter, field, condition)
  if (operator === 'LIKE') return likeCondition(filter, field, condition)
  if (!filter.operators[operator]) throw unknownOperator(filter, field, condition)
  return filled(filter, field, name, operator, values)
}

function likeCondition(filter: FilterDefinition, field: FilterField, condition: Condition) {
  const [pattern = ''] = condition.values
  if (filter.operators.LIKE) {
    const value = pattern.replaceAll('%', filter.wildcard ?? '%')
    return filled(filter, field, condition.field, 'LIKE', [value])
  }
  const [, before, inner = '', after] = /^(%?)(.*?)(%?)$/s.exec(pattern) ?? []
  const form: LikeForm | '=' = before ? (after ? 'CONTAINS' : 'ENDS WITH') : after ? 'STARTS WITH' : '='
  if (inner.includes('%') || !filter.operators[form]) throw unknownOperator(filter, field, condition)
  return filled(filter, field, condition.field, form, [inner])
}

function filled(
  filter: FilterDefinition,
  field: FilterField,
  name: string,
  operator: Operator | LikeForm,
  values: (string | number | boolean)[],
) {
  return filledWith(filter.operators[operator] ?? {}, field.as ?? name, values)
}

function filledWith(
  template: { [member: string]: JsonTemplate },
  field: string,
  values: (string | number | boolean)[],
): { [member: string]: JsonTemplate } {
  const named: Record<string, unknown> = { field, value: values[0], values }
  return fillMembers(template, name => named[name])
}

function typed(value: string, field: FilterField, name: string): string | number | boolean {
  switch (field.type) {
    case 'number': {
      const number = Number(value)
      if (value.trim() === '' || !Number.isFinite(number))
        throw new UnansweredError(`where: "${value}" is no number to compare "${name}" with`)
      return number
    }
    case 'boolean':
      if (!/^(true|false)$/i.test(value))
        throw new UnansweredError(`where: "${value}" should be true or false to compare "${name}" with`)
      return value.toLowerCase() === 'true'
    case 'date':
    case 'text':
    case undefined:
      return value
  }
}

function operatorsOf(filter: FilterDefinition, field: FilterField): (Operator | LikeForm)[] {
  const all = Object.keys(filter.operators) as (Operator | LikeForm)[]
  return field.operators ? all.filter(operator => field.operators?.some(each => each === operator)) : all
}

/** What a field can be compared by in CEQL. */
export function knownOperators(filter: FilterDefinition, field: FilterField): Operator[] {
  const vendors = operatorsOf(filter, field)
  if (field.type !== 'date') {
    const inCeql = vendors.map(each => (likeForms.some(form => form === each) ? 'LIKE' : (each as Operator)))
    return [...new Set(inCeql)]
  }
  const zone = zoneOf(field, undefined)
  const known = new Set(vendors as Operator[])
  return operators.filter(operator => compareDates(operator, 0, field, zone, known) !== null)
}

function unknownOperator(filter: FilterDefinition, field: FilterField, condition: Condition) {
  const known = knownOperators(filter, field).join(', ')
  return new UnansweredError(`where: "${textOf(condition)}" can't be asked; "${condition.field}" takes ${known}`)
}
