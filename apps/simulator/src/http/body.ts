/** Any JSON object. */
export type JsonObject = Record<string, unknown>

/** Whether `value` is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The request's body as JSON, or undefined where it isn't JSON. An empty body is an empty object. */
export function parseJson(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The fields of a JSON object or of a form, as strings; both are in use for Intercom's token endpoint. */
export function parseFields(body: unknown, contentType: string | undefined): Record<string, string> {
  if (contentType?.includes('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : ''))
  }
  const json = parseJson(body)
  if (!isObject(json)) return {}
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
    ),
  )
}

/** The value at a dotted path, or undefined. */
export function at(record: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), record)
}
