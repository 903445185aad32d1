import { randomBytes, randomUUID } from 'node:crypto'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { Clock } from '../clock/clock.js'
import { Faults } from '../faults/faults.js'
import type { JsonObject } from '../http/body.js'
import { IntercomApp, type SavedWebhook, type Token } from './app.js'
import { seededRandom } from './records/ids.js'
import { INTERCOM_DEFAULTS, type IntercomSettings } from './settings.js'
import type { WebhookDelivery } from './webhooks/subscription.js'
import { Workspace, type WorkspaceProfile } from './workspace.js'

/** What the default workspace and app are called; the demo and a person trying things out rely on them. */
export const INTERCOM_DEMO = {
  workspace: 'demo1234',
  clientId: 'demo-client-id',
  clientSecret: 'demo-client-secret',
  token: 'demo-access-token',
  code: 'demo-code',
} as const

/** The Intercom stand-in: workspaces with their records, apps with their tokens and subscriptions. */
@Injectable()
export class Intercom implements OnApplicationShutdown {
  readonly settings: IntercomSettings = { ...INTERCOM_DEFAULTS }
  readonly faults = new Faults()
  private readonly workspaces = new Map<string, Workspace>()
  private readonly apps = new Map<string, IntercomApp>()
  private readonly tokens = new Map<string, Token>()
  private readonly windows = new Map<IntercomApp, { startedAt: number; used: number }>()
  private seed = 1

  constructor(readonly clock: Clock) {
    this.addDemo()
  }

  /** Takes everything back to the default workspace and app, which are empty again. */
  async reset(): Promise<void> {
    await this.onApplicationShutdown()
    for (const kept of [this.workspaces, this.apps, this.tokens, this.windows]) kept.clear()
    Object.assign(this.settings, INTERCOM_DEFAULTS)
    this.faults.clear()
    this.faults.forgetRequests()
    this.seed = 1
    this.addDemo()
  }

  addWorkspace(profile: Partial<WorkspaceProfile> = {}): Workspace {
    const id = profile.id ?? randomBytes(4).toString('hex')
    const full = { id, name: `Workspace ${id}`, region: 'US' as const, timezone: 'America/New_York', ...profile }
    const workspace = new Workspace(full, this.settings, this.clock, this.seed++, (topic, item, options) => {
      this.notify(id, topic, item, options)
    })
    this.workspaces.set(id, workspace)
    return workspace
  }

  /** The workspace of that id, or the default one. Throws where there is none. */
  workspace(id: string = INTERCOM_DEMO.workspace): Workspace {
    const workspace = this.workspaces.get(id)
    if (!workspace) throw new Error(`there is no workspace "${id}"; known: ${[...this.workspaces.keys()].join(', ')}`)
    return workspace
  }

  allWorkspaces(): Workspace[] {
    return [...this.workspaces.values()]
  }

  addApp(app: { clientId?: string; clientSecret?: string; redirectUris?: string[] } = {}): IntercomApp {
    const { clientId = randomUUID(), clientSecret = randomUUID(), redirectUris = [] } = app
    const made = new IntercomApp(clientId, clientSecret, redirectUris, this.settings, this.clock)
    this.apps.set(clientId, made)
    return made
  }

  /** The app of that client id, or the default one. Throws where there is none. */
  app(clientId: string = INTERCOM_DEMO.clientId): IntercomApp {
    const app = this.apps.get(clientId)
    if (!app) throw new Error(`there is no app "${clientId}"; known: ${[...this.apps.keys()].join(', ')}`)
    return app
  }

  allApps(): IntercomApp[] {
    return [...this.apps.values()]
  }

  /** Installs an app in a workspace and gives the access token for it. */
  install(
    workspace: string = INTERCOM_DEMO.workspace,
    clientId: string = INTERCOM_DEMO.clientId,
    token: string = randomBytes(32).toString('base64'),
  ): string {
    const app = this.app(clientId)
    app.installedIn.add(this.workspace(workspace).id)
    this.tokens.set(token, { app, workspace, revoked: false })
    return token
  }

  token(token: string): Token | undefined {
    return this.tokens.get(token)
  }

  /** The token stops working and says so. */
  revoke(token: string): void {
    const known = this.tokens.get(token)
    if (known) known.revoked = true
  }

  /** Saves a webhook endpoint at the default app. */
  saveWebhook(url: string, topics?: Iterable<string>): Promise<SavedWebhook> {
    return this.app().saveWebhook(url, topics)
  }

  /** Sends a notification of any topic and item to every app that wants it. */
  notify(workspace: string, topic: string, item: JsonObject, options: { id?: string | null } = {}): void {
    // A copy: what is sent later, or sent again, is what was true now.
    const copy = structuredClone(item)
    for (const app of this.apps.values()) app.notify({ workspace, topic, item: copy, ...options })
  }

  /** What the default app's subscription sent, oldest first. */
  deliveries(clientId?: string): readonly WebhookDelivery[] {
    return this.app(clientId).subscription?.deliveries ?? []
  }

  /** Resolves once no notification is under way or waiting for its retry. */
  async settled(): Promise<void> {
    await Promise.all([...this.apps.values()].map(async app => app.subscription?.settled()))
  }

  /** Counts one request of an app's window. @returns what the rate-limit headers say */
  countRequest(app: IntercomApp): { limit: number; remaining: number; reset: number; allowed: boolean } {
    const { rateLimit: limit, rateLimitWindowSeconds: seconds } = this.settings
    const startedAt = Math.floor(this.clock.seconds() / seconds) * seconds
    const window = this.windows.get(app)
    const used = (window?.startedAt === startedAt ? window.used : 0) + 1
    this.windows.set(app, { startedAt, used })
    return { limit, remaining: Math.max(0, limit - used), reset: startedAt + seconds, allowed: used <= limit }
  }

  /** Fills a workspace with contacts, conversations and companies, the same ones for the same seed; tells nobody. */
  populate(
    counts: { contacts?: number; conversations?: number; companies?: number },
    options: { workspace?: string; seed?: number; spreadSeconds?: number } = {},
  ): void {
    const { seed = 1, spreadSeconds = 30 * 86_400 } = options
    const random = seededRandom(seed)
    const quiet = new Workspace(
      this.workspace(options.workspace).profile,
      this.settings,
      this.clock,
      seed + 7_000,
      () => undefined,
    )
    const target = this.workspace(options.workspace)
    const date = () => this.clock.seconds() - Math.floor(random() * spreadSeconds) - 1
    for (let n = 0; n < (counts.contacts ?? 0); n++) {
      const name = `${pick(FIRST_NAMES, random)} ${pick(LAST_NAMES, random)}`
      const email = `${name.toLowerCase().replace(' ', '.')}.${String(n)}@example.com`
      target.contacts.records.put(quiet.contacts.create({ name, email, created_at: date() }))
    }
    for (let n = 0; n < (counts.conversations ?? 0); n++) {
      const saying = { body: `Question ${String(n + 1)}` }
      target.conversations.records.put(quiet.conversations.userCreated(saying, { created_at: date() }))
    }
    for (let n = 0; n < (counts.companies ?? 0); n++) {
      const name = `${pick(LAST_NAMES, random)} ${pick(COMPANY_FORMS, random)}`
      target.companies.records.put(quiet.companies.create({ name, created_at: date() }))
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.apps.values()].map(app => app.close()))
  }

  private addDemo(): void {
    const { workspace, clientId, clientSecret, token, code } = INTERCOM_DEMO
    this.addWorkspace({ id: workspace, name: 'Demo workspace' })
    this.addApp({ clientId, clientSecret })
    this.install(workspace, clientId, token)
    this.app(clientId).registerCode(code, workspace)
  }
}

const FIRST_NAMES = ['Ann', 'Bela', 'Chidi', 'Dana', 'Emil', 'Farah', 'Goran', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lena']
const LAST_NAMES = ['Abara', 'Berg', 'Costa', 'Dvorak', 'Eriksen', 'Fischer', 'Garcia', 'Huang', 'Ito', 'Jansen']
const COMPANY_FORMS = ['Ltd', 'Inc', 'GmbH', 'Partners', 'Labs']

function pick(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)] ?? ''
}
