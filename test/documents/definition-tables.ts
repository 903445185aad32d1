import type { Schema } from '../../libs/connectors/src/engine/definition-schema.js'
import { definitionParts, type Member, type Part, type Variant } from './definition-members.js'
import { table } from './table.js'

/** The tables of docs/connectors.md: every member of a definition, by the part that it belongs to. */
export function definitionTables(): string {
  return definitionParts().map(section).join('\n\n')
}

function section(part: Part): string {
  const { path, meaning, members, variants, also } = part
  const title = path === '' ? '### A definition' : `### \`${path}\``
  const alike = also.length > 0 ? `Likewise ${also.map(each => `\`${each}\``).join(', ')}.` : ''
  // What the whole is, the page says.
  const about = [path === '' ? '' : meaning, alike].filter(Boolean).join(' ')
  const rows = variants.length > 0 ? alternatives(variants) : memberRows(members)
  return [title, about, table(rows)].filter(Boolean).join('\n\n')
}

function memberRows(members: Member[]): string[][] {
  const rows = members.map(member => [
    `\`${member.name}\``,
    member.type,
    member.required ? 'required' : member.default === null ? '' : coded(member.default),
    member.meaning,
  ])
  return [['member', 'type', 'default', 'meaning'], ...rows]
}

function alternatives(variants: Variant[]): string[][] {
  const rows = variants.map(({ name, members, meaning }) => [
    `\`${name}\``,
    members
      .map(({ name: member, type, required }) => `\`${member}\`${required ? '' : ' (or none)'}: ${type}`)
      .join('; '),
    meaning,
  ])
  return [['which', 'its members', 'meaning'], ...rows]
}

function coded(value: string): string {
  return /^[\w.]+$/.test(value) ? `\`${value}\`` : value
}

/** Where the tables and the schema that files are checked by don't say the same: each a sentence. */
export function disagreements(schema: Schema): string[] {
  return definitionParts().flatMap(part => [
    ...undescribed(part),
    ...[part.path, ...part.also].flatMap(path => differences({ ...part, path }, schemaAt(schema, path))),
  ])
}

function undescribed({ path, members, variants }: Part): string[] {
  const silent = [...members, ...variants].filter(({ meaning, name }) => meaning === '' && name !== 'style: none')
  return silent.map(({ name }) => `${path}.${name} has no comment`)
}

function differences({ path, members, variants }: Part, schema: Schema): string[] {
  if (variants.length === 0) return compared(path, members, schema)
  return variants.flatMap(({ name, members: of }) => {
    const [tag = '', value] = name.split(': ')
    const then = variantOf(schema, tag, value!)
    return compared(`${path} (${name})`, [{ name: tag, required: true }, ...of], then)
  })
}

function compared(path: string, members: Pick<Member, 'name' | 'required'>[], schema: Schema): string[] {
  const { properties = {}, required = [] } = schema as { properties?: object; required?: string[] }
  const shown = (names: string[]) => [...names].sort().join(', ')
  const [documented, taken] = [shown(members.map(({ name }) => name)), shown(Object.keys(properties))]
  const needed = shown(members.filter(member => member.required).map(({ name }) => name))
  return [
    ...(documented === taken ? [] : [`${path} is documented with ${documented}, but takes ${taken}`]),
    ...(needed === shown(required) ? [] : [`${path} is documented to need ${needed}, but needs ${shown(required)}`]),
  ]
}

/** The schema of one alternative, which its tag names. */
function variantOf(schema: Schema, tag: string, value: string): Schema {
  const { allOf = [], then } = schema as { allOf?: Alternative[]; then?: Schema }
  const found = allOf.find(({ if: { properties } }) => properties[tag]?.const === value)
  return found?.then ?? (then ? variantOf(then, tag, value) : {})
}

interface Alternative {
  if: { properties: Record<string, { const: string }> }
  then: Schema
}

/** The schema below a path: `resources.<name>.listings[]`. */
function schemaAt(schema: Schema, path: string): Schema {
  const steps = path.split(/\.|(?=\[\])/).filter(Boolean)
  return steps.reduce<Schema>((at, step) => {
    if (step === '<name>') return at['additionalProperties'] as Schema
    if (step === '[]') return at['items'] as Schema
    return (at['properties'] as Record<string, Schema> | undefined)?.[step] ?? {}
  }, schema)
}
