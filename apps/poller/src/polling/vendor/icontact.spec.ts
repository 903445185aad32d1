import type { ClientFolder } from '../../../../simulator/src/icontact/folder.js'
import { PolledSimulator } from '../testing/polled-simulator.js'

let polled: PolledSimulator
let folder: ClientFolder

beforeAll(async () => {
  polled = await PolledSimulator.open()
})

afterAll(() => polled.close())

beforeEach(() => {
  polled.simulator.icontact.reset()
  polled.simulator.clock.reset()
  folder = polled.simulator.icontact.folder()
})

/** A minute later. */
function later(ms = 60_000): void {
  polled.simulator.clock.advance(ms)
}

/** The resources that were asked for, below account and folder. */
function resourcesOf(asked: readonly string[]): string[] {
  return asked.map(request => request.replace(/^GET \/icp\/a\/\d+\/c\/\d+\//, '')).sort()
}

const id = (row: Record<string, string | null>, field: string) => String(row[field])

describe('every resource', () => {
  test('as it is configured by default, tells what is created, and what else the vendor shows, each once', async () => {
    later(-86_400_000)
    const old = id(folder.create('contacts', { email: 'old@example.com' }), 'contactId')
    const list = id(folder.create('lists', { name: 'Old' }), 'listId')
    const message = id(folder.create('messages', { subject: 'Old' }), 'messageId')
    const gone = id(folder.create('contacts', { email: 'gone@example.com' }), 'contactId')
    folder.subscribe(old, list)
    polled.simulator.clock.reset()
    const instance = await polled.polling('icontact', polled.byDefault('icontact'))
    expect(await polled.poll(instance)).toMatchObject({ told: [], wrong: [], state: 'done' })

    later()
    // On no list: only `status=total` shows it.
    const contact = id(folder.create('contacts', { email: 'ann@example.com' }), 'contactId')
    const other = id(folder.create('messages', { subject: 'New' }), 'messageId')
    const made = {
      lists: id(folder.create('lists', { name: 'New' }), 'listId'),
      campaigns: id(folder.create('campaigns', { name: 'New' }), 'campaignId'),
      segments: id(folder.create('segments', { name: 'New' }), 'segmentId'),
    }
    folder.subscribe(contact, list)
    for (const what of ['opens', 'clicks', 'bounces', 'unsubscribes'] as const) folder.engage(message, what, old)
    folder.engage(other, 'opens', old)
    expect((await polled.poll(instance)).told).toEqual(
      [
        ...[`contacts ${contact}`, `messages ${other}`, `subscriptions ${list}_${contact}`],
        ...Object.entries(made).map(([resource, made]) => `${resource} ${made}`),
        ...['opens', 'opens', 'clicks', 'bounces', 'unsubscribes'].map(resource => `${resource} ${old}`),
      ]
        .map(object => `${object} CREATED`)
        .sort(),
    )

    later()
    // Nothing dates these.
    folder.update('contacts', old, { firstName: 'Ann' })
    folder.update('messages', message, { subject: 'Newer' })
    folder.update('subscriptions', `${list}_${old}`, { status: 'unsubscribed' })
    folder.delete('contacts', gone)
    folder.update('lists', made.lists, { description: 'Changed' })
    folder.update('campaigns', made.campaigns, { fromName: 'Changed' })
    folder.delete('segments', made.segments)
    // The same person opens the same message again.
    folder.engage(other, 'opens', contact)
    folder.engage(message, 'opens', contact)
    expect((await polled.poll(instance)).told).toEqual([
      `campaigns ${made.campaigns} UPDATED`,
      `lists ${made.lists} UPDATED`,
      `opens ${contact} CREATED`,
      `opens ${contact} CREATED`,
      `segments ${made.segments} DELETED`,
    ])

    later()
    const idle = await polled.poll(instance)
    expect(idle).toMatchObject({ told: [], wrong: [], state: 'done' })
    const messages = ['opens', 'clicks', 'bounces', 'unsubscribes'].flatMap(what => [
      // Whose turn it is, is asked first.
      ...['messages', `messages/${message}/${what}`, `messages/${other}/${what}`],
    ])
    expect(resourcesOf(idle.asked)).toEqual(
      [...['contacts', 'messages', 'lists', 'campaigns', 'segments', 'subscriptions'], ...messages].sort(),
    )
    expect(polled.repeatedIds).toBe(0)
  }, 30_000)

  test('by snapshot tells what is changed and what is gone, too', async () => {
    later(-86_400_000)
    const list = id(folder.create('lists', { name: 'News' }), 'listId')
    const [kept, gone] = ['a', 'b'].map(name => id(folder.create('contacts', { email: name }), 'contactId'))
    const message = id(folder.create('messages'), 'messageId')
    for (const contact of [kept, gone]) folder.subscribe(contact!, list)
    polled.simulator.clock.reset()
    const resources = { contacts: {}, messages: {}, subscriptions: {} }
    const instance = await polled.polling('icontact', resources, { 'event.poller.mode': 'snapshot' })
    expect((await polled.poll(instance)).told).toEqual([])
    later()
    folder.update('contacts', kept!, { city: 'Ulm', bounceCount: 0 })
    expect((await polled.poll(instance)).told).toEqual([`contacts ${kept} UPDATED`])
    later()
    // Empty texts are no change, nor numbers that come as texts.
    folder.update('contacts', kept!, { firstName: null, bounceCount: '0', lastName: '' })
    folder.update('messages', message, { subject: 'Changed' })
    folder.update('subscriptions', `${list}_${kept}`, { status: 'unsubscribed' })
    folder.delete('contacts', gone!)
    expect((await polled.poll(instance)).told).toEqual([
      `contacts ${gone} DELETED`,
      `messages ${message} UPDATED`,
      `subscriptions ${list}_${kept} UPDATED`,
      `subscriptions ${list}_${gone} DELETED`,
    ])
    const idle = await polled.poll(instance)
    expect(idle.told).toEqual([])
    expect(resourcesOf(idle.asked)).toEqual(['contacts', 'messages', 'subscriptions'])
  })
})

test('what one message did is one request, where the URL names it', async () => {
  const [message] = [1, 2, 3].map(() => id(folder.create('messages'), 'messageId'))
  const contact = id(folder.create('contacts', { email: 'ann@example.com' }), 'contactId')
  const instance = await polled.polling('icontact', { opens: { url: `/hubs/general/messages/${message}/opens` } })
  await polled.poll(instance)
  later()
  folder.engage(message!, 'opens', contact)
  const { told, events, asked } = await polled.poll(instance)
  expect(told).toEqual([`opens ${contact} CREATED`])
  expect(JSON.parse(events[0]!.raw)).toMatchObject({ messageId: message, contactId: contact })
  expect(resourcesOf(asked)).toEqual([`messages/${message}/opens`])
})

test('of many messages an idle poll reads the newest page alone; a longer listing is read to where news end', async () => {
  const start = polled.simulator.clock.now()
  for (let at = 0; at < 120; at++) folder.create('messages', {}, start - at * 3_600_000)
  const instance = await polled.polling('icontact', { messages: {} })
  await polled.poll(instance)
  later()
  const made = Array.from({ length: 60 }, () => `messages ${id(folder.create('messages'), 'messageId')} CREATED`)
  expect((await polled.poll(instance)).told).toEqual(made.sort())
  later(7_200_000)
  folder.create('messages')
  expect((await polled.poll(instance)).told).toHaveLength(1)
  // After several pages of news, what could have slipped through is looked for again.
  for (let again = 0; again < 3; again++) expect((await polled.poll(instance)).told).toEqual([])
  expect(resourcesOf((await polled.poll(instance)).asked)).toEqual(['messages'])
})

describe('New York’s clocks', () => {
  /**
   * Polls every so often, from well before to well after, while a contact is created every five minutes.
   * `behind`: as much is the vendor's clock.
   */
  async function around(begin: string, every = 600_000, behind = 0): Promise<{ made: string[]; told: string[] }> {
    polled.simulator.clock.set(Date.parse(begin) + behind)
    const instance = await polled.polling('icontact', { contacts: {} }, { 'event.poller.backfill': begin })
    const made: string[] = []
    const told: string[] = []
    for (let at = 0; at < 5 * 3_600_000; at += 300_000) {
      const vendorsNow = polled.simulator.clock.now() - behind
      const contact = folder.create('contacts', { email: `${at}@example.com` }, vendorsNow)
      made.push(`contacts ${id(contact, 'contactId')} CREATED`)
      later(299_000)
      if (at % every === 0) told.push(...(await polled.poll(instance)).told)
      later(1_000)
    }
    told.push(...(await polled.poll(instance)).told)
    return { made: made.sort(), told: told.sort() }
  }

  test.each([
    ['put back', 'ten minutes', '2026-11-01T03:30:00Z', 600_000],
    ['put back', 'hour', '2026-11-01T03:30:00Z', 3_600_000],
    ['put forward', 'ten minutes', '2026-03-08T04:30:00Z', 600_000],
    ['put forward', 'hour', '2026-03-08T04:30:00Z', 3_600_000],
  ])('that are %s, with a poll every %s, lose nothing and repeat nothing', async (_, _often, begin, every) => {
    const { made, told } = await around(begin, every)
    expect(told).toEqual(made)
    expect(polled.repeatedIds).toBe(0)
  })

  test.each([
    ['a quarter of an hour', 900_000],
    ['weeks', 20 * 86_400_000],
  ])('lose nothing where the vendor’s are %s behind ours', async (_, behind) => {
    const { made, told } = await around('2026-11-01T03:30:00Z', 600_000, behind)
    expect(told).toEqual(made)
    expect(polled.repeatedIds).toBe(0)
  })

  test('lose nothing either where the vendor compares what they showed', async () => {
    polled.simulator.icontact.settings.dateComparison = 'wall-clock'
    const { made, told } = await around('2026-11-01T03:30:00Z', 600_000)
    expect(told).toEqual(made)
  })
})
