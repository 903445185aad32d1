import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** Intercom on a day when nothing happens: every listing is empty. */
export class IdleVendor {
  /** Requests by their path. */
  counts = new Map<string, number>()
  /** Requests by the second they came in. */
  perSecond = new Map<number, number>()
  /** How long an answer takes. */
  latencyMs = 0
  #hanging: Promise<void> | null = null
  #letGo = () => {}

  private constructor(readonly url: string) {}

  static async start(): Promise<IdleVendor> {
    const server = createServer((request, response) => {
      request.resume()
      request.on(
        'end',
        () => void vendor.answer(request.url ?? '/').then(body => response.writeHead(200, headers()).end(body)),
      )
    })
    server.keepAliveTimeout = 120_000
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const vendor = new IdleVendor(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    return vendor
  }

  /** What came since the last time. */
  take(): { counts: Map<string, number>; perSecond: number[]; requests: number } {
    const { counts, perSecond } = this
    this.counts = new Map()
    this.perSecond = new Map()
    const seconds = [...perSecond.keys()].sort((a, b) => a - b).slice(1, -1)
    const requests = [...counts.values()].reduce((sum, count) => sum + count, 0)
    return { counts, perSecond: seconds.map(second => perSecond.get(second) ?? 0), requests }
  }

  /** Answers nothing until `answerAgain`. */
  hang(): void {
    this.#hanging = new Promise(done => (this.#letGo = done))
  }

  answerAgain(): void {
    this.#hanging = null
    this.#letGo()
  }

  private async answer(url: string): Promise<string> {
    const path = url.replace(/\?.*/, '')
    this.counts.set(path, (this.counts.get(path) ?? 0) + 1)
    const second = Math.floor(Date.now() / 1_000)
    this.perSecond.set(second, (this.perSecond.get(second) ?? 0) + 1)
    if (this.latencyMs > 0) await pause(this.latencyMs)
    await this.#hanging
    return idlePage
  }
}

const idlePage = JSON.stringify({ type: 'list', data: [], conversations: [], pages: { next: null }, total_count: 0 })

// As Intercom's are: what is left of ten seconds.
function headers(): Record<string, string> {
  const reset = Math.floor(Date.now() / 10_000) * 10 + 10
  const limits = { 'x-ratelimit-limit': '1667', 'x-ratelimit-remaining': '1660', 'x-ratelimit-reset': String(reset) }
  return { 'content-type': 'application/json', 'content-length': String(idlePage.length), ...limits }
}
