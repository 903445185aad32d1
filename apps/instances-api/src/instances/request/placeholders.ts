import { placeOf, quoted, type Faults } from './faults.js'

/** Whether a text is wholly `<…>`: a sample's placeholder that nobody filled in. */
export function isPlaceholder(value: unknown): value is string {
  return typeof value === 'string' && /^\s*<[^<>]*>\s*$/.test(value)
}

/** Reports every placeholder in `value`, however deep. JSON in a text counts as what it holds. */
export function reportPlaceholders(value: unknown, path: readonly (string | number)[], faults: Faults): void {
  if (isPlaceholder(value)) {
    faults.add(placeOf(path), `${quoted(value)} is a placeholder; write the value itself, or leave the key out`)
    return
  }
  const parts = typeof value === 'string' ? jsonObject(value) : value
  if (typeof parts !== 'object' || parts === null) return
  for (const [key, part] of Object.entries(parts)) reportPlaceholders(part, [...path, key], faults)
}

function jsonObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
