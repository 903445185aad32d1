import { itemTexts, memberTexts } from '#connectors'

/**
 * A record with only the members that `fields` names, each as it was, byte for byte. A dot leads into objects, and into
 * those of a list.
 */
export function onlyFields(json: string, fields: readonly string[]): string {
  const items = json.startsWith('[') ? itemTexts(json, '') : null
  if (items) return `[${items.map(item => onlyFields(item, fields)).join(',')}]`
  if (!json.startsWith('{')) return json
  const kept = memberTexts(json).flatMap(({ name, text }) => {
    if (fields.includes(name)) return [`${JSON.stringify(name)}:${text}`]
    const below = fields.filter(field => field.startsWith(`${name}.`)).map(field => field.slice(name.length + 1))
    return below.length > 0 ? [`${JSON.stringify(name)}:${onlyFields(text, below)}`] : []
  })
  return `{${kept.join(',')}}`
}
