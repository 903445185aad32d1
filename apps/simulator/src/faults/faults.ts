import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Answer } from '../http/answer.js'

/** What a stand-in does instead of its work. `status` covers 5xx and anything else with a body of one's choice. */
export type Fault =
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  | { kind: 'empty' }
  | { kind: 'malformed' }
  | { kind: 'slow'; delayMs: number }
  | { kind: 'hang' }
  | { kind: 'reset' }

/** Which requests a fault meets: every one unless narrowed; `times` counts down, and without it the fault stays. */
export interface FaultRule {
  fault: Fault
  method?: string
  /** A prefix of the path, query string excluded. */
  path?: string
  times?: number
}

/** One request that a stand-in got. */
export interface SeenRequest {
  method: string
  path: string
  query: string
  at: number
}

const REMEMBERED_REQUESTS = 10_000

/** The faults to come and the requests that came, of one stand-in. */
export class Faults {
  private rules: FaultRule[] = []
  private seen: SeenRequest[] = []

  /** From now on, requests that the rule covers meet its fault. The newest rule that covers a request wins. */
  inject(rule: FaultRule): void {
    this.rules.unshift({ ...rule })
  }

  clear(): void {
    this.rules = []
  }

  list(): readonly FaultRule[] {
    return this.rules
  }

  /** The requests seen, oldest first, of those the last 10,000. */
  requests(pathPrefix = ''): SeenRequest[] {
    return this.seen.filter(request => request.path.startsWith(pathPrefix))
  }

  forgetRequests(): void {
    this.seen = []
  }

  /**
   * Notes the request and lets it meet its fault: throws the answer, waits, or never returns.
   * A request that gets past goes on as usual.
   */
  async meet(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const [path = '', query = ''] = request.url.split('?', 2)
    this.seen.push({ method: request.method, path, query, at: Date.now() })
    if (this.seen.length > REMEMBERED_REQUESTS) this.seen.splice(0, this.seen.length - REMEMBERED_REQUESTS)
    const rule = this.rules.find(
      candidate =>
        (candidate.method === undefined || candidate.method.toUpperCase() === request.method) &&
        (candidate.path === undefined || path.startsWith(candidate.path)),
    )
    if (!rule) return
    if (rule.times !== undefined && --rule.times <= 0) this.rules = this.rules.filter(other => other !== rule)
    await suffer(rule.fault, request, reply)
  }
}

async function suffer(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  switch (fault.kind) {
    case 'status':
      throw new Answer(fault.status, fault.body ?? '', fault.headers)
    case 'empty':
      throw new Answer(200, '')
    case 'malformed':
      throw new Answer(200, '{"data": [')
    case 'slow':
      await sleep(fault.delayMs)
      return
    case 'hang':
      return await never()
    case 'reset':
      reply.hijack()
      request.raw.socket.destroy()
      return await never()
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
