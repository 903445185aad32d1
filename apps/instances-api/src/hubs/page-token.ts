import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Where a listing goes on: `nextPage` of the API, opaque to clients. */
export interface PageToken {
  instanceId: number
  resource: string
  /** The query string that the listing began with, which a client need not repeat. */
  search: string
  /** The engine's. */
  cursor: string
}

// A listing over many parents remembers them all; a request's head may have 16 KiB.
const longest = 256 * 1024

export function writePageToken({ instanceId, resource, search, cursor }: PageToken): string {
  return deflateRawSync(JSON.stringify([instanceId, resource, search, cursor])).toString('base64url')
}

/** Null: no such token was ever given. */
export function readPageToken(text: string): PageToken | null {
  try {
    const json = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: longest }).toString()
    const [instanceId, resource, search, cursor] = JSON.parse(json) as unknown[]
    return typeof instanceId === 'number' && [resource, search, cursor].every(part => typeof part === 'string')
      ? { instanceId, resource: resource as string, search: search as string, cursor: cursor as string }
      : null
  } catch {
    return null
  }
}
