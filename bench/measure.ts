import { cpuSeconds } from './cpu.js'
import type { GeneratorResult, Load } from './load/generator.js'
import type { SinkResult } from './load/sink.js'
import { pause, type Program } from './processes.js'
import type { Extent, Subject } from './subject.js'

/** What one load did to one subject. */
export interface Measurement {
  accepted: number
  refused: number
  /** Accepted ids that never came to the sink. */
  missing: number
  /** Callbacks beyond each id's first. */
  duplicates: number
  /** 2xx answers a second at the door. */
  acceptedPerSecond: number
  /** Callbacks a second from the first request to the last callback. */
  deliveredPerSecond: number
  /** From just before the request to the callback's last byte, in milliseconds. */
  p50: number
  p99: number
  /**
   * CPU seconds per 1,000 accepted, of each of the subject's processes and of PostgreSQL; the generator, the sink and
   * the broker are left aside. Null where they can't be read.
   */
  cpu: Record<string, number> | null
}

export interface Rig {
  sink: Program
  generator: Program
  /** Whose CPU time counts besides the subject's. */
  postgresPid: number
}

type CpuTimes = Measurement['cpu']

const patienceMs = 20_000

/** Puts a load on a subject, waits until what was accepted has arrived, and counts every id. */
export async function measure(rig: Rig, subject: Subject, extent: Extent, load: Load): Promise<Measurement> {
  const run = `r${Date.now().toString(36)}`
  await rig.sink.ask({ do: 'reset', run })
  const pids = { ...subject.pids, postgres: rig.postgresPid }
  const before = cpuSeconds(pids)
  const { origin, path } = subject
  const generated = await rig.generator.ask<GeneratorResult>({ origin, path, run, load })
  if (extent === 'whole') await arrival(rig.sink, generated.accepted.length)
  const after = cpuSeconds(pids)
  const arrived = await rig.sink.ask<SinkResult>({ do: 'result' })
  return { ...figures(generated, arrived, extent), cpu: used(before, after, generated.accepted.length) }
}

/** Ends early only when nothing new has come for a while: then something is missing, which the figures show. */
async function arrival(sink: Program, wanted: number): Promise<void> {
  let last = -1
  let lastAt = Date.now()
  while (Date.now() - lastAt < patienceMs) {
    const { count } = await sink.ask<{ count: number }>({ do: 'count' })
    if (count >= wanted) return
    if (count !== last) lastAt = Date.now()
    last = count
    await pause(50)
  }
}

function used(before: CpuTimes, after: CpuTimes, accepted: number): CpuTimes {
  if (!before || !after) return null
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, ((seconds - before[name]!) * 1_000) / accepted]),
  )
}

function figures(generated: GeneratorResult, arrived: SinkResult, extent: Extent): Omit<Measurement, 'cpu'> {
  const ids = new Set(arrived.ids)
  const latencies = arrived.latencies.sort((a, b) => a - b)
  const quantile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  const seconds = (untilNs: string) => Number(BigInt(untilNs) - BigInt(generated.beganNs)) / 1e9
  const accepted = generated.accepted.length
  return {
    ...{ accepted, refused: generated.refused, duplicates: arrived.duplicates },
    missing: extent === 'whole' ? generated.accepted.filter(id => !ids.has(id)).length : 0,
    acceptedPerSecond: accepted / seconds(generated.endedNs),
    deliveredPerSecond: extent === 'whole' ? ids.size / seconds(arrived.lastNs) : 0,
    ...{ p50: quantile(0.5), p99: quantile(0.99) },
  }
}
