import type { ApiDefinition, ErrorMeaning, ErrorReading, RateLimitReading } from '../definition.js'
import type { Failure, RequestLimits } from '../outcomes.js'
import type { VendorHttp, VendorRequest, VendorResponse } from '../session.js'
import { asText, at, isMembers, textAt } from './path.js'
import { parseVendorJson } from './vendor-json.js'

/** A 2xx with JSON. */
export interface Answer {
  kind: 'answer'
  status: number
  value: unknown
  text: string
  limits?: RequestLimits
}

/** A failure whose status and codes are still at hand. */
export interface Refusal {
  kind: 'refusal'
  status: number
  headers: Record<string, string>
  failure: Failure
}

/** Who is asked, and by which clock. */
export interface Vendor {
  name: string
  api: Pick<ApiDefinition, 'errors' | 'rateLimit' | 'warnings'>
  now: () => number
}

/** Sends a request and says what its answer means. Never throws for what the vendor or the network does. */
export async function ask(vendor: Vendor, request: VendorRequest, http: VendorHttp): Promise<Answer | Refusal> {
  let response: VendorResponse
  try {
    response = await http(request)
  } catch (error) {
    const message = `${vendor.name} could not be reached: ${error instanceof Error ? error.message : String(error)}`
    return { kind: 'refusal', status: 0, headers: {}, failure: { kind: 'unavailable', message } }
  }
  const headers = lowerCased(response.headers)
  const limits = limitsOf(vendor, headers)
  const body = response.body.replace(/^\uFEFF/, '')
  const parsed = parsedBody(body)
  if (response.status >= 200 && response.status < 300) {
    // Whatever the content type says: some serve their JSON as text/html.
    if (parsed !== undefined)
      return { kind: 'answer', status: response.status, value: parsed, text: body, ...(limits && { limits }) }
    const what = body.trim() === '' ? 'an empty body' : 'something other than JSON'
    const message = `${vendor.name} answered ${response.status} with ${what}`
    return { kind: 'refusal', status: response.status, headers, failure: { kind: 'unavailable', message } }
  }
  return {
    kind: 'refusal',
    status: response.status,
    headers,
    failure: failure(vendor, response.status, headers, parsed),
  }
}

function failure(vendor: Vendor, status: number, headers: Record<string, string>, body: unknown): Failure {
  const { codes, words } = errorsOf(vendor.api.errors, body)
  const message = `${vendor.name} answered ${status}${words === '' ? '' : `: ${words}`}`
  switch (meaningOf(vendor.api.errors, status, codes)) {
    case 'throttled':
      return { kind: 'throttled', retryAt: retryAt(vendor, headers), message }
    case 'busy':
      return { kind: 'throttled', retryAt: retryAt(vendor, headers), message, alone: true }
    case 'unauthorized':
      return { kind: 'unauthorized', message, permanent: false, status }
    case 'revoked':
      return { kind: 'unauthorized', message, permanent: true, status }
    case 'unavailable':
      return { kind: 'unavailable', message }
    case 'rejected':
      return { kind: 'rejected', status, message }
  }
}

function meaningOf(reading: ErrorReading | undefined, status: number, codes: string[]): ErrorMeaning {
  const byCode = codes.map(code => reading?.codes?.[code]).find(meaning => meaning !== undefined)
  const known = byCode ?? reading?.statuses?.[String(status)]
  if (known) return known
  if (status === 429) return 'throttled'
  if (status === 401) return 'unauthorized'
  if (status === 402 || status === 403) return 'revoked'
  // A redirect is never followed, and says that something stands between us and the vendor.
  return status >= 500 || status === 408 || status < 400 ? 'unavailable' : 'rejected'
}

/** What an error's body says, for people, and its codes. */
export function errorsOf(reading: ErrorReading | undefined, body: unknown): { codes: string[]; words: string } {
  const found = reading ? at(body, reading.list) : undefined
  const list: unknown[] = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]
  const codes = list.flatMap(error => (isMembers(error) ? (textAt(error, reading?.code ?? []) ?? []) : []))
  const words = list.map(error => {
    if (!isMembers(error)) return asText(error) ?? ''
    const [message, code] = [textAt(error, reading?.message ?? []), textAt(error, reading?.code ?? [])]
    return message === null ? (code ?? '') : code === null ? message : `${message} (${code})`
  })
  const said = words.filter(word => word !== '').join('; ')
  return { codes, words: said || (textAt(body, ['error_description', 'message', 'error.message', 'error']) ?? '') }
}

function limitsOf(vendor: Vendor, headers: Record<string, string>): RequestLimits | undefined {
  const reading = vendor.api.rateLimit
  const remaining = reading?.remaining === undefined ? NaN : number(headers[reading.remaining])
  const resetAt = resetOf(vendor, headers)
  return Number.isFinite(remaining) && resetAt !== null ? { remaining, resetAt } : undefined
}

function retryAt(vendor: Vendor, headers: Record<string, string>): number {
  const now = vendor.now()
  const seconds = number(headers['retry-after'])
  const asDate = Date.parse(headers['retry-after'] ?? '')
  const named = Number.isFinite(seconds)
    ? now + seconds * 1000
    : Number.isNaN(asDate)
      ? resetOf(vendor, headers)
      : asDate
  return clamped(named ?? now + (vendor.api.rateLimit?.waitSeconds ?? 60) * 1000, now, vendor.api.rateLimit)
}

function resetOf(vendor: Vendor, headers: Record<string, string>): number | null {
  const reading = vendor.api.rateLimit
  const value = reading?.reset === undefined ? NaN : number(headers[reading.reset])
  if (!Number.isFinite(value)) return null
  const now = vendor.now()
  return clamped(reading?.resetUnit === 'seconds' ? now + value * 1000 : value * 1000, now, reading)
}

function clamped(instant: number, now: number, reading: RateLimitReading | undefined): number {
  return Math.min(Math.max(instant, now + 1000), now + (reading?.longestWaitSeconds ?? 3600) * 1000)
}

function number(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? NaN : Number(text)
}

function parsedBody(body: string): unknown {
  try {
    return parseVendorJson(body)
  } catch {
    return undefined
  }
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
