import type { Intake } from './intake.js'

/** What a vendor is answered. The only file that knows status codes; never 410 or 429, which Intercom acts upon. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

const refusals = {
  'unknown-instance': 404,
  unauthorized: 401,
  'bad-signature': 401,
  unreadable: 400,
  'method-not-allowed': 405,
  'unsupported-media-type': 415,
} as const

/** Vendors read the status alone; the body is for the person who tries the URL by hand. */
export function answerOf(intake: Intake): Answer {
  switch (intake.kind) {
    case 'accepted':
    case 'spooled':
      return json(200, { status: 'accepted', events: intake.events })
    case 'ignored':
      return json(200, { status: 'ignored', message: intake.why })
    case 'handshake':
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: intake.body }
    case 'refused': {
      const answer = json(refusals[intake.why], { status: intake.why, message: intake.detail })
      return intake.why === 'method-not-allowed'
        ? { ...answer, headers: { ...answer.headers, allow: 'HEAD, GET, POST' } }
        : answer
    }
    case 'unavailable':
      return json(503, { status: 'unavailable', message: intake.detail }, { 'retry-after': '30' })
  }
}

function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}
