import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PolledSimulator } from '../testing/polled-simulator.js'

let polled: PolledSimulator

beforeAll(async () => {
  polled = await PolledSimulator.open()
})

afterAll(() => polled.close())

beforeEach(async () => {
  await polled.simulator.intercom.reset()
  polled.simulator.icontact.reset()
  polled.simulator.clock.reset()
})

/** What the documents print as a body's poller configuration, word for word. */
function documented(file: string): Record<string, object> {
  const folder = join(__dirname, '../../../../instances-api/src/instances/testdata')
  const text = readFileSync(join(folder, file), 'utf8')
  const body = file.endsWith('.curl.txt') ? text.slice(text.indexOf("-d '") + 4, text.lastIndexOf('}') + 1) : text
  const { configuration } = JSON.parse(body) as { configuration: Record<string, Record<string, object>> }
  return configuration['event.poller.configuration']!
}

function later(): void {
  polled.simulator.clock.advance(60_000)
}

test.each(['intercom-polling.body.txt', 'intercom-polling.curl.txt'])(
  '%s: conversations that are started, answered and deleted are events',
  async file => {
    const { conversations } = polled.simulator.intercom.workspace()
    const instance = await polled.polling('intercom', documented(file))
    expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })
    later()
    const [asked, spam] = [conversations.userCreated().id, conversations.userCreated().id]
    expect((await polled.poll(instance)).told).toEqual([asked, spam].map(id => `conversations ${id} CREATED`).sort())
    later()
    conversations.adminReplied(asked)
    conversations.delete(spam)
    expect((await polled.poll(instance)).told).toEqual(
      [`conversations ${asked} UPDATED`, `conversations ${spam} DELETED`].sort(),
    )
    const idle = await polled.poll(instance)
    expect(idle.told).toEqual([])
    expect(idle.asked).toEqual(['POST /conversations/search', 'GET /conversations/deleted'])
  },
)

test('icontact-polling.body.txt: contacts and messages are events, under the names that they are configured by', async () => {
  const folder = polled.simulator.icontact.folder()
  const instance = await polled.polling('icontact', documented('icontact-polling.body.txt'))
  expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })
  later()
  const created = polled.simulator.clock.now()
  const contact = folder.create('contacts', { email: 'ann@example.com' })['contactId']
  const message = folder.create('messages', { subject: 'Hello' })['messageId']
  const { told, events } = await polled.poll(instance)
  expect(told).toEqual([`contacts ${contact} CREATED`, `message ${message} CREATED`])
  // Zone-less dates are New York's, those with an offset are what they say.
  const second = new Date(Math.floor(created / 1_000) * 1_000).toISOString()
  expect(events.map(({ date }) => date)).toEqual([second, second])
  const idle = await polled.poll(instance)
  expect([idle.told, idle.asked.length]).toEqual([[], 2])
})

test('icontact-polling.curl.txt: contacts are events, though the id field and the format are a message’s', async () => {
  const folder = polled.simulator.icontact.folder()
  const instance = await polled.polling('icontact', documented('icontact-polling.curl.txt'))
  expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })
  later()
  const contact = folder.create('contacts', { email: 'ann@example.com' })['contactId']
  expect((await polled.poll(instance)).told).toEqual([`contacts ${contact} CREATED`])
  const idle = await polled.poll(instance)
  expect([idle.told, idle.asked.length]).toEqual([[], 1])
})

test.each([
  ['icontact', 'createDate'],
  ['intercom', 'updated_at'],
] as const)(
  'element-polling.body.txt: its URL’s date works at %s, with the field that is there',
  async (vendor, field) => {
    const text = JSON.stringify(documented('element-polling.body.txt'))
    const named = text.replaceAll('_info.lastUpdated', field).replaceAll('lastUpdated', field)
    const instance = await polled.polling(vendor, JSON.parse(named) as Record<string, object>)
    expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })
    later()
    const { intercom, icontact } = polled.simulator
    const contact =
      vendor === 'intercom'
        ? intercom.workspace().contacts.create().id
        : icontact.folder().create('contacts', { email: 'ann@example.com' })['contactId']
    expect((await polled.poll(instance)).told).toEqual([`contacts ${contact} CREATED`])
    const idle = await polled.poll(instance)
    expect([idle.told, idle.asked.length]).toEqual([[], 1])
  },
)
