/** Names a place in the request: `configuration."event.poller.configuration".contacts.url`. */
export function placeOf(path: readonly (string | number)[]): string {
  return path.map(part => (/^[\w$-]+$/.test(String(part)) ? String(part) : JSON.stringify(part))).join('.')
}

/** A value as a fault quotes it. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`
}

/** What is wrong with a value: `"x" is no channel`, or that there is none. */
export function wrong(value: unknown, what: string): string {
  return value === undefined ? 'is missing' : `${quoted(value)} ${what}`
}

/** Gathers all that is wrong with a request, in the order it was found; one fault for a place and what is in it. */
export class Faults {
  readonly #places: string[] = []
  readonly #lines: string[] = []

  /** @param message what the value is and what would do: `"x" is not a number; write the minutes` */
  add(place: string, message: string): void {
    if (this.about(place)) return
    this.#places.push(place)
    this.#lines.push(`${place}: ${message}`)
  }

  /** Whether this place, or one that it is in, has a fault already. */
  about(place: string): boolean {
    return this.#places.some(known => place === known || place.startsWith(`${known}.`))
  }

  /** Whether something within this place has a fault already. */
  within(place: string): boolean {
    return this.#places.some(known => known.startsWith(`${place}.`))
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
