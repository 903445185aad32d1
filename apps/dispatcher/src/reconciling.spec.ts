import type { NormalizedEvent } from '#events'
import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent } from './testing/events.js'
import { until } from './testing/until.js'

const reconciling = { 'event.poller.reconcile': 'true' }
const at = (second: number) => 1_768_033_000 + second
const iso = (second: number) => new Date(at(second) * 1_000).toISOString()

describe('an instance whose webhooks have a poller beside them', () => {
  const here = dispatcherFixture('test')

  beforeEach(async () => {
    here.targets.to(1, here.receiver.url, reconciling)
    here.targets.to(2, here.receiver.url)
    await here.start()
  })

  /** A conversation's change as its webhook tells it. */
  function webhook(objectId: string, second: number, more: Partial<NormalizedEvent> = {}): NormalizedEvent {
    const item = { type: 'conversation', id: objectId, created_at: at(0), updated_at: at(second) }
    const raw = JSON.stringify({ topic: 'conversation.user.replied', created_at: at(second), data: { item } })
    return anEvent({ objectId, eventType: 'UPDATED', date: iso(second), raw, ...more })
  }

  /** The same as a poll finds it. */
  function polled(objectId: string, second: number, more: Partial<NormalizedEvent> = {}): NormalizedEvent {
    const raw = JSON.stringify({ type: 'conversation', id: objectId, created_at: at(0), updated_at: at(second) })
    return webhook(objectId, second, { source: 'polling', origin: 'run', pollDate: iso(600), raw, ...more })
  }

  const deleted = (event: NormalizedEvent): NormalizedEvent => ({
    ...event,
    eventType: 'DELETED',
    raw: JSON.stringify({ id: event.objectId, conversation_id: event.objectId }),
  })

  async function stored(): Promise<string[]> {
    const { rows } = await here.db.pool.query<{ id: string }>(`select id from event order by id`)
    return rows.map(({ id }) => id)
  }

  async function expectStored(...events: NormalizedEvent[]): Promise<void> {
    expect(await stored()).toEqual(events.map(({ id }) => id).sort())
    await until(() => {
      const called = here.receiver.received.flatMap(({ body }) =>
        (JSON.parse(body) as { message: { events: { id: string }[] } }).message.events.map(({ id }) => id),
      )
      expect(called.sort()).toEqual(events.map(({ id }) => id).sort())
    })
  }

  test('gets from its poller what no webhook told, and nothing that one did', async () => {
    const [told, lost] = [webhook('a', 1), polled('b', 1)]
    await here.dispatcher.take(told)
    await here.dispatcher.take(polled('a', 1), lost)
    await expectStored(told, lost)
  })

  test('gets it once from records that are read together, whatever tells it first', async () => {
    const [a, b] = [webhook('a', 1), polled('b', 1)]
    await here.dispatcher.take(a, polled('a', 1), b, webhook('b', 1))
    await expectStored(a, b)
  })

  test('does not get by a late webhook what a poll has told', async () => {
    const lost = polled('a', 1)
    await here.dispatcher.take(lost)
    await here.dispatcher.take(webhook('a', 1))
    await expectStored(lost)
  })

  test('gets a later change whose webhook was lost', async () => {
    const [first, second] = [webhook('a', 1), polled('a', 2)]
    await here.dispatcher.take(first)
    await here.dispatcher.take(second)
    await expectStored(first, second)
  })

  test('gets every webhook, however many tell of one object and second', async () => {
    const all = [webhook('a', 1), webhook('a', 1, { eventType: 'CREATED' }), webhook('a', 1)]
    await here.dispatcher.take(...all)
    await expectStored(...all)
  })

  test('is told of a deletion once, though its webhook and the listing date it differently', async () => {
    const [before, end] = [webhook('a', 1), deleted(webhook('a', 7))]
    const [lost, other] = [deleted(polled('b', 5)), webhook('b', 4)]
    await here.dispatcher.take(before, end, other)
    await here.dispatcher.take(deleted(polled('a', 5)), lost)
    await here.dispatcher.take(deleted(webhook('b', 6)))
    await expectStored(before, end, other, lost)
  })

  test('is told that an object which came back is gone again', async () => {
    const [end, again, lost] = [deleted(webhook('a', 1)), webhook('a', 2), deleted(polled('a', 9))]
    await here.dispatcher.take(end, again)
    await here.dispatcher.take(lost)
    await expectStored(end, again, lost)
  })

  test('has its records matched by their own date, whatever the poll goes by', async () => {
    const told = webhook('a', 5)
    await here.dispatcher.take(told)
    await here.dispatcher.take(polled('a', 5, { date: iso(0) }))
    await expectStored(told)
  })

  test('has a ticket matched that its webhook wraps', async () => {
    const inner = { type: 'ticket', id: '9', updated_at: at(3) }
    const item = { type: 'ticket_ticket_part', ticket: inner, ticket_part: { id: '55' } }
    const body = { topic: 'ticket.contact.replied', created_at: at(4), data: { item } }
    const told = webhook('9', 4, { objectType: 'tickets', raw: JSON.stringify(body) })
    await here.dispatcher.take(told)
    await here.dispatcher.take(polled('9', 3, { objectType: 'tickets' }))
    await expectStored(told)
  })

  test('gets the rest of a batch where a record of it can’t be stored', async () => {
    const [told, lost, bad] = [webhook('a', 1), polled('b', 1), webhook('c\0', 1)]
    await here.dispatcher.take(told, bad, lost, polled('a', 1))
    await expectStored(told, lost)
    await here.dispatcher.take(told, polled('a', 1))
    await expectStored(told, lost)
  })

  test('is the only one that anything is remembered or left out of', async () => {
    const both = [webhook('a', 1, { instanceId: 2 }), polled('a', 1, { instanceId: 2 })]
    await here.dispatcher.take(...both)
    await expectStored(...both)
    expect((await here.db.pool.query(`select 1 from told_change`)).rowCount).toBe(0)
    await here.dispatcher.take(webhook('a', 1))
    expect((await here.db.pool.query(`select 1 from told_change`)).rowCount).toBe(1)
  })
})
