import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { EgressError, egressErrorOf } from './egress-error.js'

/** What came back. Redirects are answers like any other. */
export interface EgressResponse {
  status: number
  /** By name in lower case; repeated ones are joined by a comma and a blank. */
  headers: Record<string, string>
  /** UTF-8; at most the asked-for number of bytes. */
  body: string
  /** Whether there was more, which was not read. */
  truncated: boolean
}

interface Bounds {
  host: string
  timeoutMs: number
  maxBytes: number
}

/**
 * One request and its answer, within one time-out for all of it: look-up, connection, waiting in line, headers, body.
 * It is an undici handler, rather than `request()` with a signal and a stream, since callbacks come by the thousand.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<EgressResponse>
  readonly #bounds: Bounds
  readonly #timer: NodeJS.Timeout
  #resolve!: (response: EgressResponse) => void
  #reject!: (error: EgressError) => void
  #controller: Dispatcher.DispatchController | null = null
  #over: Error | null = null
  #status = 0
  #headers: Record<string, string> = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const { host, timeoutMs } = bounds
    this.#timer = setTimeout(() => {
      this.fail(new EgressError('timeout', `${host}: not over within ${timeoutMs} ms`))
    }, timeoutMs)
  }

  /** Ends it from our side. What undici does with the request afterwards is of no interest. */
  fail(error: unknown): void {
    if (this.#over) return
    const failure = egressErrorOf(error, this.#bounds.host)
    this.#end(failure)
    this.#reject(failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It waited in line for a connection until its time was up.
    if (this.#over) controller.abort(this.#over)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = flattened(headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    const room = this.#bounds.maxBytes - this.#bytes
    if (chunk.length <= room) {
      this.#chunks.push(chunk)
      this.#bytes += chunk.length
      return
    }
    this.#chunks.push(chunk.subarray(0, room))
    this.#settle(true)
  }

  onResponseEnd(): void {
    if (!this.#over) this.#settle(false)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  #settle(truncated: boolean): void {
    const [first] = this.#chunks
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first
    this.#resolve({ status: this.#status, headers: this.#headers, body: body?.toString('utf8') ?? '', truncated })
    this.#end(truncated ? new EgressError('connection', 'the rest is not read') : null)
  }

  #end(reason: Error | null): void {
    clearTimeout(this.#timer)
    this.#over = reason ?? done
    this.#chunks = []
    if (reason) this.#controller?.abort(reason)
  }
}

const done = new Error('the exchange is over')

function flattened(headers: IncomingHttpHeaders): Record<string, string> {
  // undici made the object for us alone.
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  return headers as Record<string, string>
}
