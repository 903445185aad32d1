import { Kafka, logLevel } from 'kafkajs'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { freePort, Program } from '../processes.js'
import type { StartSubject, Surroundings } from '../subject.js'
import { partitions } from './record.js'
import { postgresLogSchema } from './postgres-log.js'

const storeSchema = `
  create table event (id text primary key, instance_id integer, object_type text, object_id text, event_type text,
    body text, stored_at timestamptz default now());
  create index on event (instance_id, stored_at);
  create table notification (id bigint generated always as identity primary key, event_id text, state smallint,
    leased_until timestamptz, due_at timestamptz default now(), attempts integer default 0, ended_at timestamptz);
  create index on notification (due_at) where state = 0;
  create index on notification (leased_until) where state = 1`

/** The bare pipeline: what the same work costs with nothing around it. */
export const startBare: StartSubject = async (surroundings, extent) => {
  const topic = `bare-${randomBytes(4).toString('hex')}`
  await prepare(surroundings, topic)
  const { databaseUrl, kafkaBrokers, engine, sinkUrl } = surroundings
  const env = {
    ...{ DATABASE_URL: databaseUrl, TOPIC: topic, SINK_URL: sinkUrl },
    KAFKA_BROKERS: engine === 'kafka' ? kafkaBrokers : '',
  }
  const start = async (program: string) => {
    const port = await freePort()
    const started = Program.start(`bench/bare/${program}.js`, { ...env, PORT: String(port) })
    await started.ready(`http://127.0.0.1:${port}/ready`)
    return { started, port }
  }
  const gateway = await start('gateway')
  const dispatcher = extent === 'whole' ? await start('dispatcher') : null
  const programs = [gateway.started, ...(dispatcher ? [dispatcher.started] : [])]
  return {
    origin: `http://127.0.0.1:${gateway.port}`,
    path: '/in',
    pids: { gateway: gateway.started.pid, ...(dispatcher && { dispatcher: dispatcher.started.pid }) },
    stop: async () => void (await Promise.all(programs.map(program => program.stop()))),
  }
}

async function prepare({ databaseUrl, engine, kafkaBrokers }: Surroundings, topic: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`${postgresLogSchema}; ${storeSchema}`)
  await client.end()
  if (engine !== 'kafka') return
  const admin = new Kafka({ brokers: kafkaBrokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
  })
  await admin.disconnect()
}
