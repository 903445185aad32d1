import { Pool } from 'undici'
import { notification } from '../notification.js'

/** `closed`: that many connections, one request after another on each. `open`: so many a second, come what may. */
export type Load =
  { kind: 'closed'; connections: number; requests: number } | { kind: 'open'; perSecond: number; seconds: number }

export interface GeneratorRequest {
  origin: string
  path: string
  run: string
  load: Load
}

export interface GeneratorResult {
  accepted: string[]
  refused: number
  /** The machine's monotonic clock in nanoseconds. */
  beganNs: string
  endedNs: string
}

process.on('message', (request: GeneratorRequest) => void generate(request).then(result => process.send!(result)))
process.on('disconnect', () => process.exit())

async function generate({ origin, path, run, load }: GeneratorRequest): Promise<GeneratorResult> {
  const connections = load.kind === 'closed' ? load.connections : 256
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const accepted: string[] = []
  let refused = 0
  const send = async (number: number) => {
    const id = `${run}_${number}`
    try {
      const { statusCode, body } = await pool.request({ path, method: 'POST', ...notification(id) })
      await body.dump()
      if (statusCode === 200) accepted.push(id)
      else refused++
    } catch {
      refused++
    }
  }
  const beganNs = process.hrtime.bigint()
  await (load.kind === 'closed' ? closed(load, send) : open(load, send))
  const endedNs = process.hrtime.bigint()
  await pool.close()
  return { accepted, refused, beganNs: String(beganNs), endedNs: String(endedNs) }
}

async function closed(
  { connections, requests }: Extract<Load, { kind: 'closed' }>,
  send: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < requests) await send(next++)
  }
  await Promise.all(Array.from({ length: connections }, worker))
}

/** By the clock, not by the answers: a system that falls behind shows it in its latencies. */
async function open(
  { perSecond, seconds }: Extract<Load, { kind: 'open' }>,
  send: (number: number) => Promise<void>,
): Promise<void> {
  const began = performance.now()
  const total = perSecond * seconds
  const underWay: Promise<void>[] = []
  while (underWay.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * perSecond))
    while (underWay.length < due) underWay.push(send(underWay.length))
    await new Promise(done => setTimeout(done, 1))
  }
  await Promise.all(underWay)
}
