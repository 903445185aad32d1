import { Answer } from '../http/answer.js'
import type { JsonObject } from '../http/body.js'
import type { CatalogueName, Entry } from '../intercom/records/catalogue.js'
import type { Saying } from '../intercom/records/conversations.js'
import type { TicketState } from '../intercom/records/tickets.js'
import type { Workspace } from '../intercom/workspace.js'
import { badRequest, mustText, text } from './json-body.js'

/** What can be done to one record. */
type Action = (workspace: Workspace, id: string, body: JsonObject) => unknown

interface Kind {
  list(workspace: Workspace): Entry[]
  create(workspace: Workspace, body: JsonObject): unknown
  update?: Action
  delete?: Action
  actions?: Readonly<Record<string, Action>>
}

function saying(body: JsonObject): Saying {
  const [said, adminId, contactId] = [text(body, 'body'), text(body, 'adminId'), text(body, 'contactId')]
  return {
    ...(said === undefined ? {} : { body: said }),
    ...(adminId === undefined ? {} : { adminId }),
    ...(contactId === undefined ? {} : { contactId }),
    assign: body['assign'] === true,
  }
}

/** A conversation's words stand beside `fields`, which set the record's own. */
function fields(body: JsonObject): JsonObject {
  return (body['fields'] ?? {}) as JsonObject
}

const contacts: Kind = {
  list: workspace => workspace.contacts.records.all(),
  create: (workspace, body) => workspace.contacts.create(body),
  update: (workspace, id, body) => workspace.contacts.update(id, body),
  delete: (workspace, id) => workspace.contacts.delete(id),
  actions: {
    merge: (workspace, id, body) => workspace.contacts.merge(id, mustText(body, 'into')),
    tag: (workspace, id, body) => workspace.contacts.tag(id, text(body, 'name')),
    untag: (workspace, id, body) => workspace.contacts.untag(id, text(body, 'name')),
    subscribe: (workspace, id) => workspace.contacts.subscribe(id),
    unsubscribe: (workspace, id) => workspace.contacts.unsubscribe(id),
    archive: (workspace, id) => workspace.contacts.archive(id),
    unarchive: (workspace, id) => workspace.contacts.unarchive(id),
    'sign-up': (workspace, id) => workspace.contacts.signUp(id),
    'track-event': (workspace, id, body) =>
      workspace.catalogue.trackEvent(mustText(body, 'name'), workspace.contacts.mustGet(id)),
  },
}

const conversations: Kind = {
  list: workspace => workspace.conversations.records.all(),
  create: (workspace, body) =>
    body['by'] === 'admin'
      ? workspace.conversations.adminCreated(saying(body), fields(body))
      : workspace.conversations.userCreated(saying(body), fields(body)),
  update: (workspace, id, body) => workspace.conversations.update(id, body),
  delete: (workspace, id) => workspace.conversations.delete(id),
  actions: {
    'user-reply': (workspace, id, body) => workspace.conversations.userReplied(id, saying(body)),
    'admin-reply': (workspace, id, body) => workspace.conversations.adminReplied(id, saying(body)),
    'operator-reply': (workspace, id, body) => workspace.conversations.operatorReplied(id, saying(body)),
    assign: (workspace, id, body) => workspace.conversations.adminAssigned(id, saying(body)),
    note: (workspace, id, body) => workspace.conversations.noted(id, saying(body)),
    close: (workspace, id, body) => workspace.conversations.closed(id, saying(body)),
    open: (workspace, id, body) => workspace.conversations.opened(id, saying(body)),
    snooze: (workspace, id, body) => workspace.conversations.snoozed(id, saying(body)),
    unsnooze: (workspace, id, body) => workspace.conversations.unsnoozed(id, saying(body)),
    rate: (workspace, id, body) =>
      workspace.conversations.rated(id, Number(body['rating'] ?? 5), text(body, 'remark') ?? null),
    read: (workspace, id) => workspace.conversations.read(id),
    tag: (workspace, id, body) => workspace.conversations.tagged(id, text(body, 'name')),
  },
}

const companies: Kind = {
  list: workspace => workspace.companies.records.all(),
  create: (workspace, body) => workspace.companies.create(body),
  update: (workspace, id, body) => workspace.companies.update(id, body),
  delete: (workspace, id) => workspace.companies.delete(id),
  actions: {
    attach: (workspace, id, body) =>
      workspace.companies.attach(id, workspace.contacts.mustGet(mustText(body, 'contact'))),
    detach: (workspace, id, body) =>
      workspace.companies.detach(id, workspace.contacts.mustGet(mustText(body, 'contact'))),
  },
}

const TICKET_STATES: readonly TicketState[] = ['submitted', 'in_progress', 'waiting_on_customer', 'resolved']

const tickets: Kind = {
  list: workspace => workspace.tickets.records.all(),
  create: (workspace, body) => workspace.tickets.create(body),
  delete: (workspace, id) => workspace.tickets.delete(id),
  actions: {
    state: (workspace, id, body) => {
      const state = TICKET_STATES.find(candidate => candidate === body['state'])
      if (!state) throw badRequest(`state: expected one of ${TICKET_STATES.join(', ')}`)
      return workspace.tickets.setState(id, state)
    },
    'admin-reply': (workspace, id, body) => workspace.tickets.adminReplied(id, text(body, 'body')),
    'contact-reply': (workspace, id, body) => workspace.tickets.contactReplied(id, text(body, 'body')),
    note: (workspace, id, body) => workspace.tickets.noted(id, text(body, 'body')),
    assign: (workspace, id, body) => workspace.tickets.assigned(id, text(body, 'adminId')),
  },
}

const articles: Kind = {
  list: workspace => workspace.articles.records.all(),
  create: (workspace, body) => workspace.articles.create(body),
  update: (workspace, id, body) => workspace.articles.update(id, body),
  delete: (workspace, id) => workspace.articles.delete(id),
  actions: {
    publish: (workspace, id) => workspace.articles.publish(id),
    unpublish: (workspace, id) => workspace.articles.unpublish(id),
  },
}

/** Entries of a list that comes whole. */
function entries(name: CatalogueName): Pick<Kind, 'list'> & Required<Pick<Kind, 'update' | 'delete'>> {
  return {
    list: workspace => workspace.catalogue[name],
    update: (workspace, id, body) => workspace.catalogue.change(name, id, body) ?? none(name, id),
    delete: (workspace, id) => workspace.catalogue.remove(name, id) || none(name, id),
  }
}

function none(name: string, id: string): never {
  throw new Answer(404, { message: `no entry "${id}" in ${name}` })
}

const MODELS = ['contact', 'company', 'conversation'] as const

const dataAttributes: Kind = {
  ...entries('dataAttributes'),
  create: (workspace, body) => {
    const model = MODELS.find(candidate => candidate === (body['model'] ?? 'contact'))
    if (!model) throw badRequest(`model: expected one of ${MODELS.join(', ')}`)
    return workspace.catalogue.addDataAttribute(model, mustText(body, 'name'))
  },
}

const admins: Kind = {
  ...entries('admins'),
  create: (workspace, body) => workspace.catalogue.addAdmin(mustText(body, 'name'), text(body, 'email')),
  delete: (workspace, id) => workspace.catalogue.removeAdmin(id),
  actions: { 'log-in': (workspace, id) => workspace.catalogue.adminLoggedIn(id) },
}

/** The kinds of records by the name they have in the path, and what people do with them. */
export const INTERCOM_KINDS: Readonly<Record<string, Kind>> = {
  contacts,
  conversations,
  companies,
  tickets,
  articles,
  admins,
  'data-attributes': dataAttributes,
  tags: {
    ...entries('tags'),
    create: (workspace, body) => workspace.catalogue.addTag(mustText(body, 'name')),
  },
  teams: {
    ...entries('teams'),
    create: (workspace, body) => workspace.catalogue.addTeam(mustText(body, 'name')),
  },
  segments: {
    ...entries('segments'),
    create: (workspace, body) => workspace.catalogue.addSegment(mustText(body, 'name')),
  },
}

/** The kind of that name; 404 names those there are. */
export function intercomKind(name: string): Kind {
  const kind = Object.hasOwn(INTERCOM_KINDS, name) ? INTERCOM_KINDS[name] : undefined
  if (kind) return kind
  throw new Answer(404, { message: `no kind "${name}"; known: ${Object.keys(INTERCOM_KINDS).join(', ')}` })
}

/** The action of that name; 404 names those there are. */
export function intercomAction(kindName: string, name: string): Action {
  const { actions = {} } = intercomKind(kindName)
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action) return action
  const known = Object.keys(actions).join(', ') || 'none'
  throw new Answer(404, { message: `no action "${name}" on ${kindName}; known: ${known}` })
}
