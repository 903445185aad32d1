/** What a test sees of an answer. `json` is loosely typed: a test reads what it then asserts. */
export interface Seen {
  status: number
  headers: Headers
  text: string
  json: Loose
}

/** A JSON value to be looked into. */
export type Loose = { [key: string]: Loose } & Loose[]

/** One request over HTTP; bodies that aren't text are sent as JSON. Redirects aren't followed. */
export async function call(
  method: string,
  url: string,
  options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Seen> {
  const { body, headers = {}, signal } = options
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: parse(text) }
}

function parse(text: string): Loose {
  try {
    return JSON.parse(text) as Loose
  } catch {
    return [] as unknown as Loose
  }
}
