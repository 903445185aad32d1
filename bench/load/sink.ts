import { createServer } from 'node:http'
import { marks } from '../notification.js'

/** What the sink is told, and what it says. */
export type SinkRequest = { do: 'reset'; run: string } | { do: 'count' } | { do: 'result' }

/** Every id is counted; latencies are from just before the request to the callback's last byte, in milliseconds. */
export interface SinkResult {
  ids: string[]
  duplicates: number
  latencies: number[]
  /** When the last new id came, by the machine's monotonic clock in nanoseconds. */
  lastNs: string
}

let run = ''
let seen = new Map<string, number>()
let latencies: number[] = []
let lastNs = 0n

function take(body: string): void {
  const now = process.hrtime.bigint()
  const idAt = body.indexOf(marks.id) + marks.id.length
  const id = body.slice(idAt, body.indexOf('"', idAt))
  if (!id.startsWith(run)) return
  const times = seen.get(id) ?? 0
  seen.set(id, times + 1)
  if (times > 0) return
  lastNs = now
  const sent = /^\d+/.exec(body.slice(body.indexOf(marks.sent) + marks.sent.length)) ?? ['0']
  latencies.push(Number(now - BigInt(sent[0])) / 1e6)
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk as Buffer))
  request.on('end', () => {
    take(Buffer.concat(chunks).toString('latin1'))
    response.writeHead(200, { 'content-length': '2' }).end('ok')
  })
})
server.keepAliveTimeout = 120_000

process.on('message', (message: SinkRequest) => {
  if (message.do === 'reset') {
    run = message.run
    seen = new Map()
    latencies = []
    process.send!({})
  } else if (message.do === 'count') process.send!({ count: seen.size })
  else {
    const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
    const result: SinkResult = { ids: [...seen.keys()], duplicates, latencies, lastNs: String(lastNs) }
    process.send!(result)
  }
})
process.on('disconnect', () => process.exit())
server.listen(Number(process.env.PORT), '127.0.0.1')
