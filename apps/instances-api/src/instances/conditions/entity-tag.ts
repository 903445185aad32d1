import { createHash } from 'node:crypto'

/** One of the tags that a condition lists. */
export interface EntityTag {
  weak: boolean
  opaque: string
}

/** An answer about one instance, and the strong tag of what it shows. */
export class Tagged<Body> {
  readonly tag: string

  constructor(
    readonly body: Body,
    revision: number,
  ) {
    // What clients didn't change can look different too: renewed tokens' times, an element's newer definition.
    const content = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16)
    this.tag = `${revision}.${content}`
  }

  get header(): string {
    return `"${this.tag}"`
  }
}

/** The revision that a tag was given for; null: nobody here gave it. */
export function revisionOf({ opaque }: EntityTag): number | null {
  const [, revision] = /^(\d{1,10})\.[\w-]{16}$/.exec(opaque) ?? []
  return revision === undefined ? null : Number(revision)
}

/** The list of a header `If-Match` or `If-None-Match`; null where it is no such list (RFC 9110, 8.8.3 and 13.1). */
export function readEntityTags(text: string): '*' | EntityTag[] | null {
  if (text.trim() === '*') return '*'
  const tag = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y
  const tags: EntityTag[] = []
  while (tag.lastIndex < text.length) {
    const found = tag.exec(text)
    if (!found) return null
    const [, weak, opaque] = found
    if (opaque !== undefined) tags.push({ weak: weak !== undefined, opaque })
  }
  return tags.length > 0 ? tags : null
}
