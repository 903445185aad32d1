import { Injectable, type PipeTransform } from '@nestjs/common'
import { Answer } from '../http/answer.js'
import { isObject, parseJson, type JsonObject } from '../http/body.js'

/** The body as a JSON object; 400 otherwise. */
@Injectable()
export class JsonBody implements PipeTransform<unknown, JsonObject> {
  transform(bytes: unknown): JsonObject {
    const body = parseJson(bytes)
    if (!isObject(body)) throw badRequest('the body must be a JSON object')
    return body
  }
}

export function badRequest(message: string): Answer {
  return new Answer(400, { message })
}

/** Runs `find`, and makes its error a 404 that says what is known instead. */
export function orNotFound<T>(find: () => T): T {
  try {
    return find()
  } catch (error) {
    if (error instanceof Answer) throw error
    throw new Answer(404, { message: error instanceof Error ? error.message : String(error) })
  }
}

/** Takes over the settings that are known; 400 names the first one that isn't or has another type. */
export function changeSettings(settings: object, changes: JsonObject): void {
  for (const [name, value] of Object.entries(changes)) {
    const known = Object.entries(settings).find(([key]) => key === name)
    if (!known) throw badRequest(`${name}: no such setting; known: ${Object.keys(settings).join(', ')}`)
    const nullable = known[1] === null || value === null
    if (!nullable && typeof value !== typeof known[1]) {
      throw badRequest(`${name}: ${JSON.stringify(value)} is a ${typeof value}, expected a ${typeof known[1]}`)
    }
  }
  Object.assign(settings, changes)
}

/** A text field of a body, or undefined. */
export function text(body: JsonObject, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || typeof value === 'string') return value
  throw badRequest(`${name}: ${JSON.stringify(value)} is not a string`)
}

/** A text field that must be there. */
export function mustText(body: JsonObject, name: string): string {
  const value = text(body, name)
  if (value === undefined) throw badRequest(`${name}: missing`)
  return value
}

/** A list of strings, or undefined. */
export function texts(body: JsonObject, name: string): string[] | undefined {
  const value = body[name]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every(entry => typeof entry === 'string')) return value
  throw badRequest(`${name}: expected a list of strings`)
}
