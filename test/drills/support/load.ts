import type { Connected } from './connect.js'
import { notify } from './notification.js'
import type { Scene } from './scene.js'

interface LoadOptions {
  webhooks?: { to: Connected; perSecond: number; bytes?: number }
  conversations?: { polledBy: Connected; perSecond: number }
  contacts?: { polledBy: Connected; perSecond: number }
}

/** A webhook notification that was answered 200. */
export interface Accepted {
  objectId: string
  tookMs: number
}

/** Webhook notifications as a vendor sends them, to each gateway in its turn, and changes that polls have to find. */
export class Load {
  readonly accepted: Accepted[] = []
  /** Answered otherwise than by 200, by status; 0 where there was no answer. */
  readonly refused = new Map<number, number>()
  readonly conversations: string[] = []
  readonly contacts: string[] = []
  private readonly timers: NodeJS.Timeout[] = []
  private readonly underWay = new Set<Promise<void>>()
  private polls?: NodeJS.Timeout
  private sent = 0

  constructor(
    private readonly scene: Scene,
    private readonly options: LoadOptions,
    private readonly name = 'webhook',
  ) {}

  start(): void {
    const { webhooks, conversations, contacts } = this.options
    const { intercom, icontact } = this.scene.simulator
    if (webhooks) this.every(webhooks.perSecond, () => this.send(webhooks.to, webhooks.bytes))
    if (conversations) {
      const made = intercom.workspace().conversations
      this.every(conversations.perSecond, () => this.conversations.push(made.userCreated().id))
    }
    if (contacts) this.every(contacts.perSecond, () => this.contacts.push(newContact(icontact.folder())))
    const polled = [conversations, contacts].flatMap(one => one?.polledBy.id ?? [])
    this.polls = setInterval(() => this.poll(polled), 1_000)
  }

  /** Nothing new happens; what was sent is answered, and polls go on. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    await Promise.all(this.underWay)
  }

  close(): void {
    for (const timer of [...this.timers, this.polls]) clearInterval(timer)
  }

  private every(perSecond: number, work: () => void): void {
    this.timers.push(setInterval(work, 1_000 / perSecond))
  }

  private send({ webhookUrl }: Connected, bytes?: number): void {
    const gateways = this.scene.system.all('webhook-gateway')
    const gateway = gateways[this.sent % gateways.length]!
    const objectId = `${this.name}-${this.sent++}`
    const url = new URL(new URL(webhookUrl).pathname, gateway.url).href
    const began = Date.now()
    const answer = notify(url, objectId, bytes)
      .catch(() => 0)
      .then(status => this.note(objectId, status, Date.now() - began))
    this.underWay.add(answer)
    void answer.finally(() => this.underWay.delete(answer))
  }

  private note(objectId: string, status: number, tookMs: number): void {
    if (status === 200) this.accepted.push({ objectId, tookMs })
    else this.refused.set(status, (this.refused.get(status) ?? 0) + 1)
  }

  private poll(ids: readonly number[]): void {
    for (const id of ids) {
      // While the API can't take it, the next one will.
      void this.scene.system.api('POST', `/api/instances/${id}/poll`).catch(() => undefined)
    }
  }
}

let contacts = 0

function newContact(folder: ReturnType<Scene['simulator']['icontact']['folder']>): string {
  return String(folder.createListedContact({ email: `person${contacts++}@example.com` }).contactId)
}
