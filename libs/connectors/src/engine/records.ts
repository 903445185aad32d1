import type { Deletion, VendorRecord } from '../outcomes.js'
import type { DeletionsDefinition, ResourceDefinition } from '../definition.js'
import type { Answer } from './answer.js'
import { at, isMembers, textAt } from './path.js'
import { parseInstant } from './vendor-date.js'
import { itemTexts } from './vendor-json.js'

/** The records of a page; null where the answer has no list at `items`. */
export function recordsOf(answer: Answer, items: string, resource: ResourceDefinition): VendorRecord[] | null {
  return listOf(answer, items)?.map(({ value, raw }) => recordOf(value, raw, resource)) ?? null
}

export function recordOf(value: unknown, raw: string, resource: ResourceDefinition): VendorRecord {
  return { id: idOf(value, resource), fields: isMembers(value) ? value : {}, raw }
}

/** A record's id, as webhooks have it too. */
export function idOf(value: unknown, { id, idPrefix }: ResourceDefinition): string | null {
  const own = textAt(value, [id])
  const prefix = idPrefix === undefined || own === null ? null : textAt(value, [idPrefix])
  return prefix === null ? own : `${prefix}.${own}`
}

/** The deletions of a page; null where the answer has no list. */
export function deletionsOf(answer: Answer, definition: DeletionsDefinition): Deletion[] | null {
  const list = listOf(answer, definition.items)
  return (
    list?.map(({ value, raw }) => ({
      id: textAt(value, [definition.id]),
      date: definition.date === undefined ? null : parseInstant(at(value, definition.date)),
      raw,
    })) ?? null
  )
}

/** Adds the parent's id to a child, whose own answer doesn't name it. */
export function withParent(record: VendorRecord, member: string, parentId: string): VendorRecord {
  if (Object.hasOwn(record.fields, member) || !record.raw.startsWith('{')) return record
  const rest = record.raw.slice(1).trimStart()
  const head = `{${JSON.stringify(member)}:${JSON.stringify(parentId)}`
  return {
    ...record,
    fields: { [member]: parentId, ...record.fields },
    raw: `${head}${rest.startsWith('}') ? '' : ','}${rest}`,
  }
}

function listOf(answer: Answer, items: string): { value: unknown; raw: string }[] | null {
  const list = at(answer.value, items)
  if (!Array.isArray(list)) return null
  const texts = itemTexts(answer.text, items)
  return list.map((value: unknown, index) => ({ value, raw: texts?.[index] ?? JSON.stringify(value) }))
}
