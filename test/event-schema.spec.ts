import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { encodeEvent } from '#events'
import type { NormalizedEvent } from '#events'

const schema = JSON.parse(readFileSync(resolve(__dirname, '../docs/event.schema.json'), 'utf8')) as object
const validate = new Ajv2020().compile(schema)

const event: NormalizedEvent = {
  id: 'a',
  instanceId: 1,
  instanceName: 'n',
  instanceTags: [],
  accountId: 1,
  companyId: 1,
  userId: 1,
  elementKey: 'icontact',
  hubKey: 'marketing',
  objectType: 'contacts',
  objectId: '1',
  eventType: 'CREATED',
  date: new Date(0).toISOString(),
  source: 'polling',
  pollDate: new Date().toISOString(),
  origin: 'run',
  raw: '{}',
}

test('a record’s value is what the published schema says', () => {
  expect(validate(JSON.parse(encodeEvent(event).value)) || validate.errors).toBe(true)
})

test.each(['id', 'objectId', 'eventType', 'date', 'raw'] as const)('the schema demands %s', member => {
  const { [member]: _left, ...rest } = JSON.parse(encodeEvent(event).value) as Record<string, unknown>
  expect(validate(rest)).toBe(false)
})

test('the schema knows no other event types', () => {
  expect(validate({ ...event, eventType: 'RETRIEVED' })).toBe(false)
})
