import Fastify from 'fastify'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { vendorKey } from '../notification.js'
import { openLog } from './log.js'
import { partitions } from './record.js'

// The least that a durable door does: check the signature over the raw bytes, make one event of it, append, answer.
const log = await openLog('append')
const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

interface Notification {
  id: string
  created_at: number
  data: { item: { id: string } }
}

app.post<{ Body: Buffer }>('/in', async (request, reply) => {
  const given = Buffer.from(String(request.headers['x-hub-signature'] ?? '').slice('sha1='.length), 'hex')
  const wanted = createHmac('sha1', vendorKey).update(request.body).digest()
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return reply.code(401).send()
  const raw = JSON.parse(request.body.toString()) as Notification
  const { id } = raw.data.item
  const date = new Date(raw.created_at * 1_000).toISOString()
  const event = {
    id: raw.id,
    instanceId: 1,
    objectType: 'conversations',
    objectId: id,
    eventType: 'CREATED',
    date,
    raw,
  }
  const key = `1:conversations:${id}`
  await log.append({ partition: hash(id) % partitions, key, value: JSON.stringify(event) })
  return reply.code(200).send()
})
app.get('/ready', (_request, reply) => reply.send('ok'))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })

function hash(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) >>> 0
  return sum
}
