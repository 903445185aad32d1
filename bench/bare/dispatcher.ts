import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'
import { Pool } from 'undici'
import { openLog } from './log.js'
import { microBatch } from './micro-batch.js'

// The least that a dispatcher does: store a batch in one statement, sign and POST, note what arrived in batches.
interface Event {
  id: string
  instanceId: number
  objectType: string
  objectId: string
  eventType: string
  date: string
  raw: unknown
}

const connections = 64
const mostUnderWay = 3_000
const signatureKey = 'bench-signature-key'

const storeSql = `
  with stored as (
    insert into event (id, instance_id, object_type, object_id, event_type, body)
    select * from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
    on conflict do nothing returning id),
  notified as (
    insert into notification (event_id, state, leased_until) select id, 1, now() + interval '30 s' from stored
    returning id, event_id)
  select id, event_id from notified`

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const sink = new URL(process.env.SINK_URL ?? '')
const receiver = new Pool(sink.origin, { connections, pipelining: 1 })
const delivered = microBatch<string>(
  ids =>
    db.query({
      name: 'delivered',
      text: `update notification set state = 2, attempts = 1, ended_at = now() where id = any($1::bigint[])`,
      values: [ids],
    }),
  5,
  1_000,
)

let underWay = 0
let posting = 0
const queue: (() => void)[] = []

async function post(body: string): Promise<boolean> {
  if (posting >= connections) await new Promise<void>(done => queue.push(done))
  posting++
  try {
    const signature = `sha256=${createHmac('sha256', signatureKey).update(body).digest('base64')}`
    const headers = { 'content-type': 'application/json', 'elements-webhook-signature': signature }
    const answer = await receiver.request({ path: sink.pathname, method: 'POST', headers, body })
    await answer.body.dump()
    return answer.statusCode < 300
  } finally {
    posting--
    queue.shift()?.()
  }
}

function callback({ raw, ...event }: Event): string {
  const message = { elementKey: 'intercom', instanceId: event.instanceId, eventId: event.id, events: [event], raw }
  return JSON.stringify({ id: event.id, severity: 'low', createdDate: event.date, message })
}

async function deliver(id: string, body: string): Promise<void> {
  underWay++
  try {
    if (await post(body)) await delivered(id)
  } finally {
    underWay--
  }
}

async function handle(values: string[]): Promise<void> {
  const events = values.map(value => JSON.parse(value) as Event)
  const { rows } = await db.query<{ id: string; event_id: string }>({
    name: 'store',
    text: storeSql,
    values: [
      ...[events.map(({ id }) => id), events.map(({ instanceId }) => instanceId)],
      ...[events.map(({ objectType }) => objectType), events.map(({ objectId }) => objectId)],
      ...[events.map(({ eventType }) => eventType), values],
    ],
  })
  const bodies = new Map(events.map(event => [event.id, callback(event)]))
  for (const row of rows) void deliver(row.id, bodies.get(row.event_id)!)
  while (underWay > mostUnderWay) await new Promise(done => setTimeout(done, 5))
}

createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1')
await (await openLog('read')).read(handle)
