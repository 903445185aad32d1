import type { Call } from '../calls.js'
import type { Operation } from '../document.js'
import { nastyAuthorization, nastyHeader, nastyJson, nastyQuery, nastySegment } from './nasty.js'
import type { Random } from './random.js'
import type { RawRequest } from './raw-client.js'

/** A call that goes well, and what can be made wrong of it. */
export interface Target {
  operation: Operation
  call: Call
  authorization: string
}

export interface FuzzRequest extends RawRequest {
  name: string
  /** Why a 2xx would be right all the same; null: it would be wrong. */
  mayPass: string | null
  /** The HTTP is so broken that closing the connection is answer enough. */
  mayClose: boolean
}

/** A request under construction. */
interface Draft {
  method: string
  path: string
  query: string
  headers: [name: string, value: string | Buffer][]
  body: Buffer | null
  contentLength: number | null
  reasons: (string | null)[]
  /** The same of the body, which only the last change of it decides; undefined: it wasn't changed. */
  bodyReason: string | null | undefined
  hasOddType: boolean
  mayClose: boolean
}

type Change = (draft: Draft, random: Random, target: Target) => void

/** A request with one to three things wrong with it. */
export function fuzzRequest(random: Random, targets: readonly Target[]): FuzzRequest {
  const target = random.pick(targets)
  const draft = draftOf(target)
  const changes = random.chance(0.75) ? 1 : 2 + random.below(2)
  for (let at = 0; at < changes; at++) random.pick(changesFor(target))(draft, random, target)
  return finished(draft, target)
}

function changesFor({ operation }: Target): Change[] {
  return [
    ...[changeQuery, changeHeader, changeAuthorization, changeMethod, changePath],
    ...(operation.path.includes('{') ? [changePath, changePath] : []),
    ...(operation.requestBody
      ? [breakBody, breakBody, replaceBody, nastyMember, nastyMember, nastyMember]
      : [breakBody]),
    ...[changeContentType, changeLength, changeFraming],
  ]
}

function draftOf({ operation, call, authorization }: Target): Draft {
  const path = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(String(call.path?.[name])),
  )
  const body = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body))
  return {
    method: operation.method,
    path,
    query: new URLSearchParams(call.query).toString(),
    headers: [
      ['authorization', authorization],
      ...(body ? [['content-type', 'application/json'] as [string, string]] : []),
    ],
    ...{ body, contentLength: null, reasons: [], bodyReason: undefined, hasOddType: false, mayClose: false },
  }
}

function finished({ query, path, body, contentLength, ...draft }: Draft, { operation }: Target): FuzzRequest {
  const length = contentLength ?? body?.length
  return {
    name: operation.name,
    method: draft.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: [
      ['host', 'localhost'],
      ...draft.headers,
      ...(length === undefined ? [] : [['content-length', String(length)] as const]),
    ],
    ...(body && { body }),
    mayPass: whyItMayPass(draft),
    mayClose: draft.mayClose,
    ...(contentLength !== null && { spoilsConnection: true }),
  }
}

type WhyOfDraft = Pick<Draft, 'method' | 'reasons' | 'bodyReason'>

function whyItMayPass({ method, reasons, bodyReason }: WhyOfDraft): string | null {
  if (method === 'OPTIONS') return 'OPTIONS tells what there is'
  if (method === 'HEAD') return 'HEAD reads as GET does, whatever the body'
  const all = bodyReason === undefined ? reasons : [...reasons, bodyReason]
  return all.includes(null) ? null : all.join('; ')
}

function changePath(draft: Draft, random: Random): void {
  const segments = draft.path.split('/')
  // Not the first ones: what isn't below them belongs to others, such as health.
  const at = Math.min(3 + random.below(Math.max(segments.length - 3, 1)), segments.length)
  const segment = nastySegment(random)
  segments[at] = segment
  draft.path = segments.join('/')
  // An address may have only some characters; what has others is no HTTP.
  if (/[^\x21-\x7e]/.test(segment)) draft.mayClose = true
  draft.reasons.push('another path may be that of another call')
}

function changeQuery(draft: Draft, random: Random, { operation }: Target): void {
  const names = operation.parameters.flatMap(parameter => (parameter.in === 'query' ? [parameter.name] : []))
  const query = nastyQuery(random, names)
  draft.query = random.chance(0.5) && draft.query !== '' ? `${draft.query}&${query}` : query
  draft.reasons.push('unknown parameters are ignored, and a text may be anything')
}

function changeHeader(draft: Draft, random: Random): void {
  const [name, value, mayPass] = nastyHeader(random)
  draft.headers.push([name, value])
  draft.reasons.push(mayPass ? `${name} means nothing to most calls` : null)
}

function changeAuthorization(draft: Draft, random: Random, { operation }: Target): void {
  draft.headers = draft.headers.filter(([name]) => name !== 'authorization')
  const times = random.chance(0.1) ? 2 : 1
  for (let at = 0; at < times; at++) draft.headers.push(['authorization', nastyAuthorization(random)])
  draft.reasons.push(operation.security ? null : 'the call needs no Authorization')
}

function changeMethod(draft: Draft, random: Random): void {
  draft.method = random.pick([
    'HEAD',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'QUERY',
    'PURGE',
    'get',
    'G%00T',
    '',
    'LOCK',
    'M-SEARCH',
  ])
  draft.mayClose = true
  draft.reasons.push(null)
}

function changeContentType(draft: Draft, random: Random, { operation }: Target): void {
  draft.headers = draft.headers.filter(([name]) => name !== 'content-type')
  const types = [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
  ]
  const type = random.pick([...types, 'application/jsonx', 'json', '', ';', 'application/json, text/html', '\x80/\xff'])
  if (random.chance(0.9)) draft.headers.push(['content-type', Buffer.from(type, 'latin1')])
  draft.body ??= Buffer.from('{}')
  draft.hasOddType = true
  draft.reasons.push(operation.requestBody ? null : 'the call reads no body')
}

/** A length that isn't the body's. */
function changeLength(draft: Draft, random: Random): void {
  const length = draft.body?.length ?? 0
  draft.contentLength = random.pick([length + 1, length + 1_000, Math.max(length - 1, 0), -1, 1e15, 1024 * 1024 + 1])
  draft.mayClose = true
  draft.reasons.push('a call that reads no body is answered before the length matters')
}

/** Two ways at once to say where the body ends, or one that there is not. */
function changeFraming(draft: Draft, random: Random): void {
  draft.headers.push([
    'transfer-encoding',
    random.pick(['chunked', 'chunked, chunked', 'gzip, chunked', 'x', ' chunked', '\x0bchunked']),
  ])
  draft.contentLength ??= draft.body?.length ?? 5
  draft.mayClose = true
  draft.reasons.push(null)
}

/** Bytes that are no JSON. */
function breakBody(draft: Draft, random: Random, { operation, call }: Target): void {
  const whole = Buffer.from(call.body === undefined ? '{"name":"x"}' : JSON.stringify(call.body))
  const cut = 1 + random.below(whole.length - 1)
  const broken = [
    whole.subarray(0, cut),
    Buffer.concat([whole, Buffer.from('}')]),
    Buffer.concat([whole.subarray(0, cut), Buffer.from([0xff, 0xc0, 0x80]), whole.subarray(cut)]),
    Buffer.from('{"name": \'x\'}'),
    Buffer.from('{name: 1}'),
    Buffer.from([0x1f, 0x8b, 0x08, 0, 0]),
    Buffer.from('{"a":NaN}'),
    Buffer.from('\ufeff{'),
    Buffer.from(whole.toString(), 'utf16le'),
  ]
  const kind = random.below(broken.length)
  draft.body = broken[kind]!
  ensureJson(draft)
  // Bytes that are no UTF-8 are read as U+FFFD, which a text may hold.
  const mayBeRead = kind === 2 ? 'what is no UTF-8 becomes U+FFFD' : null
  draft.bodyReason = operation.requestBody ? mayBeRead : 'the call reads no body'
}

function replaceBody(draft: Draft, random: Random): void {
  draft.body = Buffer.from(nastyJson(random))
  ensureJson(draft)
  draft.bodyReason = 'any object may be one that asks for nothing'
}

/** Puts something unexpected somewhere into a body that is right. */
function nastyMember(draft: Draft, random: Random, { call }: Target): void {
  const marker = 'FUZZ-HERE'
  const copy = structuredClone(call.body ?? {}) as Record<string, unknown>
  let at = copy
  while (random.chance(0.5)) {
    const deeper = Object.values(at).filter(value => typeof value === 'object' && value !== null)
    if (deeper.length === 0) break
    at = random.pick(deeper) as Record<string, unknown>
  }
  const key = random.chance(0.8) && Object.keys(at).length > 0 ? random.pick(Object.keys(at)) : random.pick(keys)
  Object.defineProperty(at, key, { value: marker, enumerable: true, configurable: true, writable: true })
  const text = JSON.stringify(copy).replaceAll(`"${marker}"`, () => nastyJson(random))
  // Twice the same key: the last one counts.
  const doubled = random.chance(0.1) ? text.replace(/^\{/, () => `{"name":${nastyJson(random)},`) : text
  draft.body = Buffer.from(doubled)
  ensureJson(draft)
  draft.bodyReason = 'the value may be one that is allowed'
}

const keys = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'id',
    'element',
    'tags',
    'configuration',
    'providerData',
    '',
    '\0',
    '\ud800',
  ],
  ...['event.poller.configuration', 'event.notification.callback.url', 'event.notification.callback.headers'],
  ...['event.poller.backfill', 'event.poller.refresh_interval', 'event.notification.rate.limit', 'event.objects'],
]

function ensureJson(draft: Draft): void {
  if (!draft.hasOddType && !draft.headers.some(([name]) => name === 'content-type'))
    draft.headers.push(['content-type', 'application/json'])
}
