import { polledEvent, recordHash, type FoundChange, type PollOrigin } from './index.js'

const instance = { id: 410, name: 'Mine', tags: ['a'], accountId: 1, companyId: 2, userId: 3, elementKey: 'closeio' }
const origin: PollOrigin = { instance, hubKey: 'crm', resource: 'accounts', runId: 'run-1', start: 1_533_055_236_000 }
const record = { id: 'lead_x', phone: null }
const change: FoundChange = {
  objectId: 'lead_x',
  type: 'CREATED',
  date: 1_533_055_186_000,
  hash: recordHash(record),
  raw: '{"id": "lead_x"}',
}

test('a polled event says whose it is, what changed, and when that was found', () => {
  expect(polledEvent(change, origin)).toEqual({
    ...{ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, instanceId: 410, instanceName: 'Mine' },
    ...{ instanceTags: ['a'], accountId: 1, companyId: 2, userId: 3, elementKey: 'closeio', hubKey: 'crm' },
    ...{ objectType: 'accounts', objectId: 'lead_x', eventType: 'CREATED', date: '2018-07-31T16:39:46.000Z' },
    ...{ source: 'polling', pollDate: '2018-07-31T16:40:36.000Z', origin: 'run-1', raw: '{"id": "lead_x"}' },
  })
})

test('another run that finds the same has the same id, and judging it an update makes no difference', () => {
  const { id } = polledEvent(change, origin)
  const again = { ...origin, runId: 'run-2', start: origin.start + 60_000 }
  expect(polledEvent({ ...change, type: 'UPDATED' }, again).id).toBe(id)
  expect(polledEvent({ ...change, type: 'DELETED' }, again).id).not.toBe(id)
  expect(polledEvent({ ...change, date: change.date + 1 }, again).id).not.toBe(id)
})

test('what vendors take for the same has the same hash', () => {
  expect(recordHash({ phone: '', id: 'lead_x' })).toBe(recordHash(record))
  expect(recordHash({ id: 'lead_x', phone: '1' })).toBe(recordHash({ id: 'lead_x', phone: 1 }))
  expect(recordHash({ id: 'lead_y' })).not.toBe(recordHash(record))
})
