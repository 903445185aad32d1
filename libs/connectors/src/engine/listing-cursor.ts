const ofAnother = /^~(\d+)~(.*)$/s

/** Which of a resource's listings a cursor is of, and the listing's own cursor; none: its first page. */
export function splitCursor(cursor: string | undefined): { from: number; inner: string | undefined } {
  const [, from, inner] = ofAnother.exec(cursor ?? '') ?? []
  return from === undefined ? { from: 0, inner: cursor } : { from: Number(from), inner: inner || undefined }
}

/** The cursor of a listing that came in the place of those before it; the empty one begins it. Null: the end. */
export function listingCursor(from: number, cursor: string | null): string | null {
  return cursor === null || from === 0 ? cursor : `~${from}~${cursor}`
}
