import type { VendorHttp, VendorRequest, VendorResponse } from '../src/index.js'

export interface ScriptedAnswer {
  status?: number
  headers?: Record<string, string>
  /** JSON, or text as it is. */
  body?: unknown
}

export interface ScriptedVendor {
  http: VendorHttp
  requests: VendorRequest[]
}

/** A vendor that gives these answers in turn; an error is a network's. */
export function scripted(...answers: (ScriptedAnswer | Error)[]): ScriptedVendor {
  const requests: VendorRequest[] = []
  const http: VendorHttp = async request => {
    requests.push(request)
    const answer = answers[requests.length - 1]
    if (answer === undefined) throw new Error(`no answer for request ${requests.length}: ${request.url}`)
    if (answer instanceof Error) throw answer
    return responseOf(answer)
  }
  return { http, requests }
}

function responseOf({ status = 200, headers = {}, body = {} }: ScriptedAnswer): VendorResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

/** A request's JSON body. */
export function sent(request: VendorRequest | undefined): unknown {
  return JSON.parse(request?.body ?? 'null')
}

/** A request's query parameters. */
export function queryOf(request: VendorRequest | undefined): Record<string, string> {
  return Object.fromEntries(new URL(request?.url ?? 'http://none').searchParams)
}
