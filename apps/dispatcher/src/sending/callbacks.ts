import { Inject, Injectable } from '@nestjs/common'
import { retryAfterMs, type Answer } from '#deliveries'
import { bodyOf, type Job } from '../lanes/job.js'
import { headersOf } from './callback-headers.js'
import { POST, type Post } from './ports.js'

/** The whole exchange, the answer's body included. */
export const callbackTimeoutMs = 15_000
const keptBytes = 65_536
/** Of those, what an attempt's record shows. */
const excerptLength = 1_024

/** Sends callbacks. Whatever goes wrong is an answer, never a throw: an attempt always ends with an outcome. */
@Injectable()
export class Callbacks {
  constructor(@Inject(POST) private readonly post: Post) {}

  async send(url: string, job: Job): Promise<Answer> {
    try {
      const body = bodyOf(job)
      const now = Date.now()
      const response = await this.post.request({
        method: 'POST',
        url,
        headers: headersOf(job.target, job.notificationId, body, { now, replay: job.replay }),
        body,
        timeoutMs: callbackTimeoutMs,
        maxBytes: keptBytes,
        tls: job.target.tls,
      })
      return {
        kind: 'answered',
        status: response.status,
        retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
        excerpt: response.body.slice(0, excerptLength),
      }
    } catch (error) {
      return { kind: 'failed', error: describe(error) }
    }
  }
}

function describe(error: unknown): string {
  const { kind, message } = error as { kind?: unknown; message?: unknown }
  return `${typeof kind === 'string' ? `${kind}: ` : ''}${String(message ?? error)}`.slice(0, 500)
}
