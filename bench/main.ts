import { startEmbeddedPostgres } from '#database'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { startBare } from './bare/start.js'
import type { Load } from './load/generator.js'
import { measure, type Measurement, type Rig } from './measure.js'
import { freePort, pause, Program } from './processes.js'
import { lossesOf, reportOf, type Row } from './report.js'
import type { Engine, Extent, StartSubject } from './subject.js'
import { startTributary } from './tributary/start.js'

const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const scale = Number(values.scale)

interface Scenario {
  name: string
  extent: Extent
  load: Load
}

const scenarios: Scenario[] = [
  {
    name: 'gateway alone',
    extent: 'gateway',
    load: { kind: 'closed', connections: 64, requests: 30_000 * scale },
  },
  {
    name: 'end to end, saturated',
    extent: 'whole',
    load: { kind: 'closed', connections: 64, requests: 30_000 * scale },
  },
  { name: 'end to end, 575/s', extent: 'whole', load: { kind: 'open', perSecond: 575, seconds: 20 * scale } },
]

const subjects: Record<'bare' | 'tributary', StartSubject> = { bare: startBare, tributary: startTributary }

const directory = await mkdtemp(join(tmpdir(), 'tributary-bench-'))
const database = await startEmbeddedPostgres({ dataDir: directory, parameters: { max_connections: '200' } })
const kafkaBrokers = await brokers()
const engines = (['postgres', 'kafka'] as const).filter(
  engine => (engine === 'postgres' || kafkaBrokers !== '') && (values.engine ?? engine) === engine,
)
if (kafkaBrokers === '') console.log('Kafka is left out: set KAFKA_BROKERS, or run scripts/kafka start.\n')

const sinkPort = await freePort()
const rig: Rig = {
  sink: Program.start('bench/load/sink.js', { PORT: String(sinkPort) }),
  generator: Program.start('bench/load/generator.js'),
  postgresPid: Number((await readFile(join(directory, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]),
}
await rig.sink.ready(`http://127.0.0.1:${sinkPort}/`)

const rows: Row[] = []
try {
  for (const engine of engines) {
    for (const scenario of scenarios.filter(({ name }) => name.includes(values.only ?? ''))) {
      rows.push(await compare(engine, scenario))
    }
  }
} finally {
  await database.stop()
  await rm(directory, { recursive: true, force: true })
}
console.log(`\n${reportOf(rows, `${availableParallelism()} CPUs, Node ${process.versions.node}`)}`)
const losses = lossesOf(rows)
losses.forEach(loss => console.log(loss))
process.exit(losses.length === 0 ? 0 : 1)

/** Both subjects in turn, and again in the other order, so that neither has the machine's better minutes. */
async function compare(engine: Engine, { name, extent, load }: Scenario): Promise<Row> {
  const row: Row = { name, engine, bare: [], tributary: [] }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const subject of round % 2 === 0 ? (['bare', 'tributary'] as const) : (['tributary', 'bare'] as const)) {
      const measured = await once(engine, subject, extent, load)
      row[subject].push(measured)
      console.log(`${engine}, ${name}, ${subject}: ${JSON.stringify(measured)}`)
    }
  }
  return row
}

async function once(engine: Engine, name: 'bare' | 'tributary', extent: Extent, load: Load): Promise<Measurement> {
  const databaseUrl = await emptyDatabase(name)
  const sinkUrl = `http://127.0.0.1:${sinkPort}/callback`
  const subject = await subjects[name]({ engine, databaseUrl, kafkaBrokers, sinkUrl }, extent)
  try {
    // Just-in-time compilation, connections and plans are those of a process that has been up for a while.
    await measure(rig, subject, extent, { kind: 'closed', connections: 64, requests: 3_000 })
    await pause(500)
    return await measure(rig, subject, extent, load)
  } finally {
    await subject.stop()
  }
}

async function emptyDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`drop database if exists bench_${name} with (force)`)
  await client.query(`create database bench_${name}`)
  await client.query('checkpoint')
  await client.end()
  const url = new URL(database.url)
  url.pathname = `/bench_${name}`
  return url.href
}

/** A broker that is there already, or the one that scripts/kafka started; an empty text where there is none. */
async function brokers(): Promise<string> {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS
  const script = fileURLToPath(new URL('../../scripts/kafka', import.meta.url))
  const { stdout } = await promisify(execFile)(script, ['status']).catch(() => ({ stdout: '' }))
  return /KAFKA_BROKERS=(\S+)/.exec(stdout)?.[1] ?? ''
}
