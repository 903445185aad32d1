import type { ClientFolder } from '../../../../simulator/src/icontact/folder.js'
import { PolledSimulator } from '../testing/polled-simulator.js'

let polled: PolledSimulator
let folder: ClientFolder

beforeAll(async () => {
  polled = await PolledSimulator.open()
})

afterAll(() => polled.close())

beforeEach(() => {
  polled.before = () => undefined
  polled.simulator.icontact.reset()
  polled.simulator.clock.reset()
  folder = polled.simulator.icontact.folder()
})

function later(ms = 60_000): void {
  polled.simulator.clock.advance(ms)
}

function contacts(count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    String(folder.create('contacts', { email: `${at}@example.com` })['contactId']),
  )
}

const created = (ids: readonly string[]) => ids.map(id => `contacts ${id} CREATED`).sort()

test('a listing without a limit would hold 20: all come, whatever a page holds at most', async () => {
  polled.simulator.icontact.settings.maxLimit = 100
  const instance = await polled.polling('icontact', { contacts: {} })
  later()
  const made = contacts(350)
  const { told, asked } = await polled.poll(instance)
  expect(told).toEqual(created(made))
  // A few rows of each page are read again with the next one.
  expect(asked.length).toBeLessThanOrEqual(6)
})

test.each([5, 300])('where %i rows are deleted between two pages, none of the others is lost', async gone => {
  polled.simulator.icontact.settings.maxLimit = 100
  const instance = await polled.polling('icontact', { contacts: {} })
  later()
  const made = contacts(700)
  polled.before = ({ searchParams }) => {
    if (Number(searchParams.get('offset')) < 300 || made.length < 700) return
    for (const id of made.splice(0, gone)) folder.delete('contacts', id)
  }
  const { told } = await polled.poll(instance)
  expect(told).toEqual(expect.arrayContaining(created(made)))
  expect(new Set(told).size).toBe(told.length)
})

test('a 503 is its rate limit: the instance rests a minute, which is no failure, and the run goes on', async () => {
  const { icontact } = polled.simulator
  const instance = await polled.polling('icontact', { contacts: {}, lists: {} })
  await polled.poll(instance)
  later()
  const made = contacts(1)
  icontact.faults.inject({ fault: { kind: 'status', status: 503, body: 'Service Unavailable' }, times: 1 })
  const resting = await polled.poll(instance)
  expect(resting).toMatchObject({ state: 'running', told: [] })
  expect(resting.wrong).toEqual(['contacts: throttled: iContact answered 503'])
  // Nothing else is asked for meanwhile.
  expect(resting.asked).toHaveLength(1)
  await polled.rested(instance)
  const { state, told } = await polled.poll(instance)
  expect({ state, told }).toEqual({ state: 'done', told: created(made) })
  expect((await polled.schedule.resources(instance.id)).map(({ failures }) => failures)).toEqual([0, 0])
})

test('a warning that the filter was ignored fails that resource, and no other; nothing of its answer is believed', async () => {
  const { icontact } = polled.simulator
  const instance = await polled.polling('icontact', { contacts: {}, lists: {} })
  await polled.poll(instance)
  later()
  const made = contacts(1)
  const list = folder.create('lists', { name: 'New' })['listId']
  const body = {
    contacts: [{ contactId: '1', createDate: '2030-01-01 00:00:00' }],
    ...{
      limit: 500,
      offset: 0,
      total: 1,
      warnings: ['The search field createDate was not recognized and was ignored.'],
    },
  }
  icontact.faults.inject({ fault: { kind: 'status', status: 200, body }, times: 1 })
  const { told, wrong } = await polled.poll(instance)
  expect(told).toEqual([`lists ${list} CREATED`])
  expect(wrong).toEqual([
    'contacts: rejected (200): iContact warned: The search field createDate was not recognized and was ignored.',
  ])
  expect((await polled.poll(instance)).told).toEqual(created(made))
})

test('a list that is null is no empty one: a snapshot sees nobody deleted', async () => {
  const { icontact } = polled.simulator
  contacts(3)
  const instance = await polled.polling('icontact', { contacts: { mode: 'snapshot' } })
  await polled.poll(instance)
  const body = { contacts: null, warnings: ['You did not provide an email field. email is a required field'] }
  icontact.faults.inject({ fault: { kind: 'status', status: 200, body }, times: 1 })
  expect(await polled.poll(instance)).toMatchObject({ told: [], state: 'failed' })
  expect(await polled.poll(instance)).toMatchObject({ told: [], state: 'done' })
})
