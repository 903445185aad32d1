import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import type { IntercomRecord } from './records.js'

/** One entry of the activity log. */
export interface ActivityLog extends JsonObject {
  id: string
  created_at: number
}

/** Of a list that comes whole. Standard attributes have no id. */
export type Entry = JsonObject & { id?: string }

/** The lists that come whole. */
export const CATALOGUES = ['admins', 'teams', 'tags', 'segments', 'dataAttributes'] as const
export type CatalogueName = (typeof CATALOGUES)[number]

/** The small whole lists of a workspace: no paging, no date filter, mostly no dates at all. */
export class Catalogue {
  readonly admins: IntercomRecord[] = []
  readonly teams: IntercomRecord[] = []
  readonly tags: IntercomRecord[] = []
  readonly segments: IntercomRecord[] = []
  readonly dataAttributes: Entry[] = []
  readonly activityLogs: ActivityLog[] = []

  constructor(private readonly desk: Desk) {
    this.admins.push(newAdmin(desk.workspace, '9608799', 'Ada Agent', 'ada@example.com'))
    this.teams.push({ type: 'team', id: '814865', name: 'Support', admin_ids: [9608799] })
    for (const model of ['contact', 'company'] as const) {
      this.dataAttributes.push(...DATA_ATTRIBUTES[model].map(name => standardAttribute(model, name)))
    }
  }

  addAdmin(name: string, email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`): IntercomRecord {
    const admin = newAdmin(this.desk.workspace, this.desk.ids.short(), name, email)
    this.admins.push(admin)
    this.tellOfAdmin('admin.added_to_workspace', admin)
    return admin
  }

  removeAdmin(id: string): void {
    const index = this.admins.findIndex(admin => admin.id === id)
    const [admin] = index < 0 ? [] : this.admins.splice(index, 1)
    if (admin) this.tellOfAdmin('admin.removed_from_workspace', admin)
  }

  /** Someone signs in: two notifications, of the admin and of the activity log. */
  adminLoggedIn(id = '9608799'): void {
    const admin = this.admins.find(candidate => candidate.id === id)
    if (!admin) return
    this.tellOfAdmin('admin.logged_in', admin)
    this.log('admin_login_success', `${String(admin['name'])} logged in`, admin)
  }

  /** Adds to the activity log. */
  log(activityType: string, description: string, admin = this.admins[0]): ActivityLog {
    const log = {
      id: crypto.randomUUID(),
      performed_by: { type: 'admin', id: admin?.id, email: admin?.['email'], ip: '127.0.0.1' },
      metadata: null,
      created_at: this.desk.clock.seconds(),
      activity_type: activityType,
      activity_description: description,
    }
    this.activityLogs.push(log)
    this.desk.announce('admin.activity_log_event.created', { type: 'activity_log_event', ...log })
    return log
  }

  /** Something happened to a contact in the customer's own product. */
  trackEvent(eventName: string, contact: IntercomRecord, metadata: JsonObject = {}): void {
    this.desk.announce('event.created', {
      type: 'event',
      id: crypto.randomUUID(),
      event_name: eventName,
      created_at: this.desk.clock.seconds(),
      user_id: contact['external_id'] ?? null,
      email: contact['email'] ?? null,
      intercom_user_id: contact.id,
      metadata,
      ext_metadata: {},
    })
  }

  addTag(name: string): IntercomRecord {
    const tag = { type: 'tag', id: this.desk.ids.short(), name }
    this.tags.push(tag)
    return tag
  }

  addTeam(name: string): IntercomRecord {
    const team = { type: 'team', id: this.desk.ids.short(), name, admin_ids: [] }
    this.teams.push(team)
    return team
  }

  addSegment(name: string): IntercomRecord {
    const now = this.desk.clock.seconds()
    const segment = {
      type: 'segment',
      id: this.desk.ids.object(),
      name,
      created_at: now,
      updated_at: now,
      person_type: 'contact',
    }
    this.segments.push(segment)
    return segment
  }

  /** A custom attribute: unlike the standard ones it has an id and dates. Another model can have one of that name too. */
  addDataAttribute(model: 'contact' | 'company' | 'conversation', name: string): Entry {
    const now = this.desk.clock.seconds()
    const attribute = {
      ...standardAttribute(model, name),
      ...{ id: this.desk.ids.short(), full_name: `custom_attributes.${name}`, custom: true, api_writable: true },
      ...{ admin_id: this.admins[0]?.id ?? null, created_at: now, updated_at: now },
    }
    this.dataAttributes.push(attribute)
    return attribute
  }

  /** Changes fields of an entry; only one that has a date of updates shows when. */
  change(name: CatalogueName, id: string, fields: JsonObject): Entry | undefined {
    const list: Entry[] = this[name]
    const index = list.findIndex(entry => entry.id === id)
    const entry = list[index]
    if (!entry) return undefined
    const dated = 'updated_at' in entry ? { updated_at: this.desk.clock.seconds() } : {}
    const changed = { ...entry, ...dated, ...fields, id }
    list[index] = changed
    return changed
  }

  /** Takes an entry out (an attribute: archives it). No list tells of it. */
  remove(name: CatalogueName, id: string): boolean {
    const list: Entry[] = this[name]
    const index = list.findIndex(entry => entry.id === id)
    if (index >= 0) list.splice(index, 1)
    return index >= 0
  }

  // In notifications an admin's id is a number; in the API it is text.
  private tellOfAdmin(topic: string, admin: IntercomRecord): void {
    const { id, name, email } = admin
    this.desk.announce(topic, { type: 'admin', id: Number(id), name, email })
  }
}

const DATA_ATTRIBUTES = {
  contact: ['name', 'email', 'created_at', 'updated_at', 'role'],
  company: ['name', 'company_id', 'created_at'],
}

function standardAttribute(model: string, name: string): Entry {
  return {
    type: 'data_attribute',
    model,
    name,
    full_name: name,
    label: name,
    description: '',
    data_type: name.endsWith('_at') ? 'date' : 'string',
    api_writable: !name.endsWith('_at'),
    ui_writable: false,
    messenger_writable: false,
    custom: false,
    archived: false,
  }
}

function newAdmin(workspace: string, id: string, name: string, email: string): IntercomRecord {
  return {
    type: 'admin',
    id,
    name,
    email,
    job_title: null,
    away_mode_enabled: false,
    away_mode_reassign: false,
    has_inbox_seat: true,
    team_ids: [],
    avatar: { type: 'avatar', image_url: null },
    app_id: workspace,
  }
}
