import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock/clock.js'
import type { IntercomSettings } from './settings.js'
import { notificationId, type WebhookNotification } from './webhooks/notification.js'
import { WebhookSubscription } from './webhooks/subscription.js'

interface Grant {
  workspace: string
  reusable: boolean
}

/** A token's standing. A revoked one stays known, since Intercom says that it was revoked. */
export interface Token {
  app: IntercomApp
  workspace: string
  revoked: boolean
}

/** What saving a webhook endpoint came to. */
export type SavedWebhook = { kind: 'saved' } | { kind: 'refused'; why: string }

/** An app of the Developer Hub: OAuth client, and one webhook endpoint for all workspaces that installed it. */
export class IntercomApp {
  readonly installedIn = new Set<string>()
  subscription: WebhookSubscription | undefined
  private readonly codes = new Map<string, Grant>()

  constructor(
    readonly clientId: string,
    readonly clientSecret: string,
    /** Where the authorize page may send people back to; the first is the default. Empty: anywhere. */
    readonly redirectUris: readonly string[],
    private readonly settings: IntercomSettings,
    private readonly clock: Clock,
  ) {}

  /** A fresh authorization code for a workspace. It ends in `=`, as real ones may, and works once. */
  issueCode(workspace: string): string {
    const code = randomBytes(20).toString('base64')
    this.codes.set(code, { workspace, reusable: false })
    return code
  }

  /** Makes a code of one's own valid, any number of times. */
  registerCode(code: string, workspace: string): void {
    this.codes.set(code, { workspace, reusable: true })
  }

  /** @returns the workspace that the code stands for, or undefined where Intercom would refuse it */
  redeem(code: string): string | undefined {
    const grant = this.codes.get(code)
    if (!grant) return undefined
    if (!grant.reusable) this.codes.delete(code)
    this.installedIn.add(grant.workspace)
    return grant.workspace
  }

  /**
   * Saves the endpoint URL and the topics, as a person does in the Developer Hub: a HEAD that must succeed, then a ping.
   * `topics` may hold `*` for all of them.
   */
  async saveWebhook(url: string, topics: Iterable<string> = ['*']): Promise<SavedWebhook> {
    const subscription = new WebhookSubscription(url, new Set(topics), this.clientSecret, this.settings, this.clock)
    const status = await subscription.validate()
    if (status === null || status < 200 || status >= 300) {
      await subscription.close()
      return { kind: 'refused', why: `HEAD ${url} answered ${status === null ? 'nothing' : String(status)}` }
    }
    await this.subscription?.close()
    this.subscription = subscription
    this.ping()
    return { kind: 'saved' }
  }

  /** Sends the ping that Intercom sends on saving, on request, and every now and then. */
  ping(workspace = [...this.installedIn][0] ?? 'unknown'): void {
    this.subscription?.send({
      id: null,
      workspace,
      topic: 'ping',
      item: { type: 'ping', message: 'something something interzen' },
      createdAt: this.clock.seconds(),
    })
  }

  /** Sends a notification if this app is installed in its workspace and subscribed to its topic. */
  notify(notification: Omit<WebhookNotification, 'id' | 'createdAt'> & { id?: string | null }): void {
    if (!this.installedIn.has(notification.workspace) || !this.subscription?.wants(notification.topic)) return
    const { id = notificationId(), ...rest } = notification
    this.subscription.send({ ...rest, id, createdAt: this.clock.seconds() })
  }

  async close(): Promise<void> {
    await this.subscription?.close()
  }
}
