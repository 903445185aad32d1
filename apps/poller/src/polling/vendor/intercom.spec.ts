import type { Workspace } from '../../../../simulator/src/intercom/workspace.js'
import { PolledSimulator } from '../testing/polled-simulator.js'

let polled: PolledSimulator
let workspace: Workspace

beforeAll(async () => {
  polled = await PolledSimulator.open()
})

afterAll(() => polled.close())

beforeEach(async () => {
  await polled.simulator.intercom.reset()
  polled.simulator.clock.reset()
  workspace = polled.simulator.intercom.workspace()
})

/** A minute later. */
function later(ms = 60_000): void {
  polled.simulator.clock.advance(ms)
}

/** How often each path was asked for. */
function counted(asked: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const request of asked) counts[request] = (counts[request] ?? 0) + 1
  return counts
}

const oneRequestEach = {
  'POST /contacts/search': 3,
  'POST /conversations/search': 1,
  'GET /conversations/deleted': 1,
  'POST /tickets/search': 1,
  'POST /companies/list': 1,
  'GET /admins': 1,
  'GET /teams': 1,
  'GET /tags': 1,
  'GET /segments': 1,
  'GET /articles': 1,
  'GET /data_attributes': 1,
  'GET /admins/activity_logs': 1,
}

test('every resource, as it is configured by default, tells what is created, changed and deleted, each once', async () => {
  const { contacts, conversations, companies, tickets, articles, catalogue } = workspace
  const yesterday = { created_at: polled.simulator.clock.seconds() - 86_400 }
  contacts.create(yesterday)
  companies.create(yesterday)
  articles.create(yesterday)
  conversations.userCreated({}, { ...yesterday, updated_at: yesterday.created_at })
  catalogue.addTag('old')
  const resources = { ...polled.byDefault('intercom'), data_attributes: { idField: 'full_name' } }
  const instance = await polled.polling('intercom', resources)
  expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })

  later()
  const user = contacts.create({ email: 'ann@example.com' }).id
  const lead = contacts.create({ role: 'lead' }).id
  const [conversation, spam] = [conversations.userCreated().id, conversations.userCreated().id]
  const [company, ticket, article] = [companies.create().id, tickets.create().id, articles.create().id]
  const [admin, team, tag] = [catalogue.addAdmin('Bo Berg').id, catalogue.addTeam('Sales').id, catalogue.addTag('a').id]
  const segment = catalogue.addSegment('Active').id
  const attribute = catalogue.addDataAttribute('company', 'plan')
  catalogue.addDataAttribute('contact', 'plan')
  const log = catalogue.log('app_name_change', 'renamed').id
  const created = await polled.poll(instance)
  const all = [
    ...[`contacts ${user}`, `contacts ${lead}`, `users ${user}`, `leads ${lead}`],
    ...[`conversations ${conversation}`, `conversations ${spam}`, `companies ${company}`, `tickets ${ticket}`],
    ...[`articles ${article}`, `admins ${admin}`, `teams ${team}`, `tags ${tag}`, `segments ${segment}`],
    ...['data_attributes company.custom_attributes.plan', 'data_attributes contact.custom_attributes.plan'],
    `activity_logs ${log}`,
  ]
  expect(created.told).toEqual(all.map(object => `${object} CREATED`).sort())

  later()
  contacts.update(user, { name: 'Ann' })
  contacts.signUp(lead)
  conversations.adminReplied(conversation)
  companies.update(company, { name: 'Acme' })
  tickets.setState(ticket, 'resolved')
  articles.publish(article)
  catalogue.change('admins', admin, { away_mode_enabled: true })
  catalogue.change('teams', team, { name: 'Sellers' })
  catalogue.change('tags', tag, { name: 'b' })
  catalogue.change('segments', segment, { name: 'Lively' })
  catalogue.change('dataAttributes', String(attribute.id), { description: 'What they pay for' })
  const updated = await polled.poll(instance)
  // The lead is a user now, of whom nobody has heard as one.
  expect(updated.told.filter(text => !text.endsWith('UPDATED'))).toEqual([`users ${lead} CREATED`])
  expect(updated.told.filter(text => text.endsWith('UPDATED'))).toEqual(
    [
      ...[`contacts ${user}`, `contacts ${lead}`, `users ${user}`, `conversations ${conversation}`],
      ...[`companies ${company}`, `tickets ${ticket}`, `articles ${article}`, `admins ${admin}`, `teams ${team}`],
      ...[`tags ${tag}`, `segments ${segment}`, 'data_attributes company.custom_attributes.plan'],
    ]
      .map(object => `${object} UPDATED`)
      .sort(),
  )

  later()
  contacts.delete(user)
  conversations.delete(spam)
  companies.delete(company)
  tickets.delete(ticket)
  articles.delete(article)
  for (const [name, id] of [
    ['admins', admin],
    ['teams', team],
    ['tags', tag],
    ['segments', segment],
  ] as const)
    catalogue.remove(name, id)
  catalogue.remove('dataAttributes', String(attribute.id))
  expect((await polled.poll(instance)).told).toEqual(
    [
      ...[`conversations ${spam}`, `admins ${admin}`, `teams ${team}`, `tags ${tag}`],
      'data_attributes company.custom_attributes.plan',
    ]
      .map(object => `${object} DELETED`)
      .sort(),
  )

  later()
  const idle = await polled.poll(instance)
  expect(idle).toMatchObject({ told: [], wrong: [], state: 'done' })
  expect(counted(idle.asked)).toEqual(oneRequestEach)
  expect(polled.repeatedIds).toBe(0)
}, 30_000)
