import type { Clock } from '../clock/clock.js'
import type { JsonObject } from '../http/body.js'
import { Articles } from './records/articles.js'
import { Catalogue } from './records/catalogue.js'
import { Companies } from './records/companies.js'
import { Contacts } from './records/contacts.js'
import { Conversations } from './records/conversations.js'
import { Ids } from './records/ids.js'
import { Tickets } from './records/tickets.js'
import type { IntercomSettings } from './settings.js'

export type Region = 'US' | 'EU' | 'AU'

/** Who a workspace is. */
export interface WorkspaceProfile {
  /** Intercom's `id_code`: what `app_id` in a notification holds. */
  id: string
  name: string
  region: Region
  timezone: string
}

/** An open scroll over the companies; a workspace's app has one at most. */
export interface CompanyScroll {
  id: string
  ids: string[]
  usedAt: number
}

/** One Intercom workspace: its records, and its people's actions as methods. */
export class Workspace {
  readonly contacts: Contacts
  readonly conversations: Conversations
  readonly companies: Companies
  readonly tickets: Tickets
  readonly articles: Articles
  readonly catalogue: Catalogue
  readonly createdAt: number
  /** Whether Intercom lets tokens in: a closed workspace and a lapsed plan refuse every request. */
  access: 'open' | 'suspended' | 'plan-restricted' = 'open'
  scroll: CompanyScroll | undefined

  constructor(
    readonly profile: WorkspaceProfile,
    settings: IntercomSettings,
    clock: Clock,
    seed: number,
    announce: (topic: string, item: JsonObject, options?: { id: null }) => void,
  ) {
    const desk = { workspace: profile.id, clock, ids: new Ids(seed), announce }
    this.createdAt = clock.seconds()
    this.contacts = new Contacts(desk, settings)
    this.conversations = new Conversations(desk)
    this.companies = new Companies(desk)
    this.tickets = new Tickets(desk)
    this.articles = new Articles(desk)
    this.catalogue = new Catalogue(desk)
  }

  get id(): string {
    return this.profile.id
  }
}
