import type { FilterDefinition, FilterField, JsonTemplate, LikeForm, Operator } from '../definition.js'
import { compareDates, dateCheck, isExact, zoneOf } from './date-bound.js'
import type { Condition } from './hub-query.js'
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
 * @param accountZone what the vendor said of the account
 * @throws UnansweredError
 */
export function vendorCondition(
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
  const [value = ''] = condition.values
  const instant = parseInstant(value, zone.timeZone)
  if (instant === null)
    throw new UnansweredError(
      `where: "${value}" is no date to compare "${condition.field}" with; expected ISO 8601 or Unix seconds`,
    )
  const known = new Set(operatorsOf(filter, field))
  const comparisons = compareDates(condition.operator, instant, field, zone, known)
  if (!comparisons) throw unknownOperator(filter, field, condition)
  const asked = comparisons.map(({ operator, bound }) => filled(filter, field, condition.field, operator, [bound]))
  if (isExact(field)) return { asked }
  return { asked, check: dateCheck(condition.operator, instant, field.as ?? condition.field, zone) }
}

function plainCondition(filter: FilterDefinition, field: FilterField, condition: Condition) {
  const { field: name, operator } = condition
  const values = condition.values.map(value => typed(value, field, name))
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
  return fillMembers(filter.operators[operator] ?? {}, wanted => {
    switch (wanted) {
      case 'field':
        return field.as ?? name
      case 'value':
        return values[0]
      case 'values':
        return values
      default:
        return undefined
    }
  })
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

function operatorsOf(filter: FilterDefinition, field: FilterField): Operator[] {
  const all = Object.keys(filter.operators) as Operator[]
  return field.operators ? all.filter(operator => field.operators?.includes(operator)) : all
}

function unknownOperator(filter: FilterDefinition, field: FilterField, { field: name, operator, values }: Condition) {
  const known = operatorsOf(filter, field).join(', ')
  return new UnansweredError(
    `where: "${name} ${operator} ${values.join(', ')}" can't be asked; "${name}" takes ${known}`,
  )
}
