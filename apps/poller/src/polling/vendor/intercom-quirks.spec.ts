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

const minute = 60_000

function later(ms = minute): void {
  polled.simulator.clock.advance(ms)
}

describe('contacts, whose search goes by whole days of the workspace’s zone', () => {
  /** Two days in which a contact is made every forty minutes, with a poll every hour. */
  async function twoDays(meanwhile: () => void = () => undefined): Promise<{ made: string[]; told: string[] }> {
    const instance = await polled.polling('intercom', { contacts: {} })
    const made: string[] = []
    const told: string[] = []
    for (let at = 0; at < 48 * 60; at += 10) {
      later(10 * minute)
      if (at % 40 === 0) made.push(`contacts ${workspace.contacts.create().id} CREATED`)
      if (at % 60 === 0) told.push(...(await polled.poll(instance)).told)
      if (at === 24 * 60) meanwhile()
    }
    told.push(...(await polled.poll(instance)).told)
    return { made: made.sort(), told: told.sort() }
  }

  test.each(['Pacific/Kiritimati', 'America/New_York', 'Pacific/Pago_Pago'])('%s: all are told, once', async zone => {
    workspace.profile.timezone = zone
    const { made, told } = await twoDays()
    expect(told).toEqual(made)
  })

  test('also where the workspace moves to another zone', async () => {
    workspace.profile.timezone = 'Pacific/Pago_Pago'
    const { made, told } = await twoDays(() => (workspace.profile.timezone = 'Pacific/Kiritimati'))
    expect(told).toEqual(made)
  })

  test('also where the index knows of them only minutes later', async () => {
    polled.simulator.intercom.settings.contactSearchLagMs = 9 * minute
    const { made, told } = await twoDays()
    expect(told).toEqual(made)
  })
})

test('of many contacts and deletions, an idle poll reads the first page', async () => {
  const { contacts, conversations } = workspace
  later(-60 * minute)
  for (let at = 0; at < 400; at++) contacts.create()
  for (let at = 0; at < 200; at++) conversations.delete(conversations.userCreated().id)
  polled.simulator.clock.reset()
  const instance = await polled.polling('intercom', { contacts: {}, conversations: {} })
  expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [] })
  later()
  const made = contacts.create().id
  const gone = conversations.userCreated().id
  conversations.delete(gone)
  expect((await polled.poll(instance)).told).toEqual([`contacts ${made} CREATED`, `conversations ${gone} DELETED`])
  later()
  const idle = await polled.poll(instance)
  expect(idle.told).toEqual([])
  expect(idle.asked).toEqual(['POST /contacts/search', 'POST /conversations/search', 'GET /conversations/deleted'])
})

test('a contact that is merged into another is gone without a word; snapshots tell', async () => {
  const { contacts } = workspace
  later(-60 * minute)
  const [from, into] = [contacts.create().id, contacts.create().id]
  polled.simulator.clock.reset()
  const byDate = await polled.polling('intercom', { contacts: {} })
  const bySnapshot = await polled.polling('intercom', { contacts: { mode: 'snapshot' } })
  for (const instance of [byDate, bySnapshot]) expect((await polled.poll(instance)).told).toEqual([])
  later()
  contacts.merge(from, into)
  expect((await polled.poll(byDate)).told).toEqual([`contacts ${into} UPDATED`])
  expect((await polled.poll(bySnapshot)).told).toEqual([`contacts ${from} DELETED`, `contacts ${into} UPDATED`].sort())
})

test.each(['inclusive', 'strict'] as const)(
  'conversations that change in the second of a poll are told, where > is %s',
  async comparison => {
    polled.simulator.intercom.settings.searchComparison = comparison
    const { conversations } = workspace
    const instance = await polled.polling('intercom', { conversations: {} })
    later()
    const now = polled.simulator.clock.seconds()
    const [one, other] = [1, 2].map(() => conversations.userCreated().id)
    expect((await polled.poll(instance)).told).toHaveLength(2)
    // The same second again: one more, and another change of one.
    const third = conversations.userCreated({}, { created_at: now, updated_at: now }).id
    conversations.update(one!, { title: 'Again', updated_at: now })
    const { told } = await polled.poll(instance)
    expect(told.map(text => text.split(' ')[1])).toEqual([one, third].sort())
    expect(told.join()).not.toContain(other)
    expect((await polled.poll(instance)).told).toEqual([])
  },
)

describe('companies', () => {
  test('are listed, those without users as soon as they have one', async () => {
    const { companies, contacts } = workspace
    const instance = await polled.polling('intercom', { companies: {} })
    later()
    const empty = companies.create({ user_count: 0 }).id
    const made = Array.from({ length: 70 }, () => `companies ${companies.create().id} CREATED`)
    expect((await polled.poll(instance)).told).toEqual(made.sort())
    later()
    companies.attach(empty, contacts.create())
    // The first that anyone hears of it.
    expect((await polled.poll(instance)).told).toEqual([`companies ${empty} CREATED`])
    expect((await polled.poll(instance)).asked).toEqual(['POST /companies/list', 'POST /companies/list'])
  })

  describe('more than a list shows', () => {
    test.each(['empty', 'not-found'] as const)('are scrolled through, to an end that is %s', async end => {
      const { intercom } = polled.simulator
      intercom.settings.scrollEnd = end
      intercom.populate({ companies: 10_001 })
      const instance = await polled.polling('intercom', { companies: {} })
      expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [] })
      later()
      const made = workspace.companies.create().id
      intercom.faults.inject({ fault: { kind: 'status', status: 500 }, path: '/companies/scroll', times: 1 })
      expect(await polled.poll(instance)).toMatchObject({ told: [], state: 'failed' })
      const { told, wrong, asked } = await polled.poll(instance)
      expect({ told, wrong }).toEqual({ told: [`companies ${made} CREATED`], wrong: [] })
      expect(asked).toEqual(Array.from({ length: 102 }, () => 'GET /companies/scroll'))
      expect((await polled.poll(instance)).asked[0]).toBe('POST /companies/list')
    })

    test('wait for whoever else scrolls through the workspace', async () => {
      const { intercom, url, clock } = polled.simulator
      intercom.populate({ companies: 10_001 })
      const headers = { authorization: `Bearer ${intercom.install()}` }
      expect((await fetch(`${url}/companies/scroll`, { headers })).status).toBe(200)
      const instance = await polled.polling('intercom', { companies: {} })
      const waiting = await polled.poll(instance)
      expect(waiting.state).toBe('running')
      expect(waiting.wrong[0]).toContain('scroll already exists')
      clock.advance(2 * minute)
      await polled.rested(instance)
      expect(await polled.poll(instance)).toMatchObject({ state: 'done', wrong: [] })
    })
  })
})
