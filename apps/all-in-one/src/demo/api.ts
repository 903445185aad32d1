/** An account's secrets, as `account.json` holds them. */
export interface Secrets {
  userSecret: string
  organizationSecret: string
}

/** A created instance, as far as the demo needs it. */
export interface CreatedInstance {
  id: number
  webhookUrl?: string
}

/** The demo's side of the REST API: what a customer's program would send. */
export class Api {
  constructor(
    readonly url: string,
    private readonly secrets: Secrets,
  ) {}

  /** @throws Error with the API's own message where the answer isn't 2xx */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const { userSecret, organizationSecret } = this.secrets
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `User ${userSecret}, Organization ${organizationSecret}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }

  /** Starts a poll of an instance now, and waits until it is over. */
  async poll(instanceId: number): Promise<void> {
    const path = `/api/instances/${instanceId}`
    const { runId } = await this.call<{ runId: string }>('POST', `${path}/poll`)
    for (;;) {
      const { state } = await this.call<{ state: string }>('GET', `${path}/polls/${runId}`)
      if (state === 'done') return
      if (state === 'failed') throw new Error(`the poll run ${runId} of instance ${instanceId} failed`)
      await new Promise(done => setTimeout(done, 100))
    }
  }
}
