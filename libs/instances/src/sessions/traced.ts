import type { VendorHttp } from '#connectors'
import type { Instance } from '../instance.js'

/** One request to an instance's vendor, as the log has it: no query, header or body, any of which may be secret. */
export interface TracedRequest {
  instanceId: number
  elementKey: string
  method: string
  path: string
  /** Null: there was no answer; `error` says why. */
  status: number | null
  ms: number
  error?: string
}

/** Tells of every request, answered or not. */
export function traced(http: VendorHttp, instance: Instance, tell: (request: TracedRequest) => void): VendorHttp {
  return async request => {
    const begun = performance.now()
    const told = (status: number | null, error?: string) => {
      tell({
        instanceId: instance.id,
        elementKey: instance.elementKey,
        method: request.method,
        path: new URL(request.url).pathname,
        status,
        ms: Math.round(performance.now() - begun),
        ...(error !== undefined && { error }),
      })
    }
    try {
      const response = await http(request)
      told(response.status)
      return response
    } catch (error) {
      told(null, error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}
