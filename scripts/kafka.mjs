// Brings up a real single-node Apache Kafka (KRaft mode) without Docker, for tests and for trying things out:
//
//   scripts/kafka start [--while <pid>]   prints KAFKA_BROKERS=…; with --while, it stops once no such process is left
//   scripts/kafka check                   exit code 0 where it can be started, or is given
//   scripts/kafka stop
//   scripts/kafka status                  exit code 0 where it runs, 1 where it doesn't
//   scripts/kafka consume <topic> [--max N] [--idle seconds]   prints its records from the beginning, one JSON per line
//
// An existing KAFKA_BROKERS is honoured. KAFKA_PORT: the port to listen on, else any. KAFKA_DIR: where data and state
// are, else .cache/kafka/default. Exit code 2: it can't be done here, and why.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const VERSION = '4.3.0'
const LOG4J = '2.25.1'
const CLUSTER_ID = 'dHJpYnV0YXJ5LWxvY2FsLQ'
const script = fileURLToPath(import.meta.url)
const cache = path.join(path.dirname(script), '..', '.cache', 'kafka')
const dir = path.resolve(process.env.KAFKA_DIR ?? path.join(cache, 'default'))
const jars = path.join(cache, `jars-${VERSION}`)
const stateFile = path.join(dir, 'state.json')
const usersDir = path.join(dir, 'users')

const commands = { start, check, stop, status, consume, supervise }

async function start({ options }) {
  if (process.env.KAFKA_BROKERS) return print(process.env.KAFKA_BROKERS)
  await locked(path.join(cache, 'jars.lock'), fetchJars)
  await locked(path.join(dir, 'start.lock'), async () => {
    use(options.while)
    if (!running()) await launch()
    await ready(brokers())
  })
  print(brokers())
}

async function check() {
  if (process.env.KAFKA_BROKERS) return
  checkJava()
  if (!fs.existsSync(path.join(jars, '.complete'))) checkMaven()
}

async function stop() {
  await locked(path.join(dir, 'start.lock'), async () => {
    const state = running()
    if (!state) return console.log('not running')
    process.kill(state.supervisor, 'SIGTERM')
    await until(() => !running(), 20_000, 'Kafka did not stop')
    fs.rmSync(usersDir, { recursive: true, force: true })
    console.log('stopped')
  })
}

async function status() {
  const state = running()
  console.log(state ? `running: KAFKA_BROKERS=${brokers()} (process ${state.java}, ${dir})` : 'not running')
  if (!state) process.exitCode = 1
}

async function consume({ positionals: [topic], options }) {
  if (!topic) fail('consume which topic?')
  const from = process.env.KAFKA_BROKERS ?? (running() ? brokers() : undefined)
  if (!from) fail('there is no broker: set KAFKA_BROKERS, or run scripts/kafka start')
  const max = Number(options.max ?? Infinity)
  const idleMs = Number(options.idle ?? 5) * 1000
  const kafka = await client(from)
  const consumer = kafka.consumer({ groupId: `consume-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 200 })
  let count = 0
  let last = Date.now()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      last = Date.now()
      if (count++ < max) console.log(JSON.stringify(shown(partition, message)))
    },
  })
  while (count < max && Date.now() - last < idleMs) await sleep(50)
  await consumer.disconnect()
}

function shown(partition, { offset, timestamp, key, headers, value }) {
  const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, text?.toString()]))
  return {
    partition,
    offset,
    timestamp,
    key: key?.toString() ?? null,
    headers: texts,
    value: value?.toString() ?? null,
  }
}

/** Runs the broker until it ends, it is told to stop, or nobody is left who wanted it. */
async function supervise() {
  const { port, controller } = JSON.parse(process.env.KAFKA_PORTS)
  const log = fs.openSync(path.join(dir, 'broker.log'), 'a')
  const memory = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:MaxMetaspaceSize=128m']
  const broker = spawn('java', [...memory, '-cp', `${jars}/*`, 'kafka.Kafka', path.join(dir, 'server.properties')], {
    stdio: ['ignore', log, log],
    cwd: dir,
  })
  fs.writeFileSync(stateFile, JSON.stringify({ supervisor: process.pid, java: broker.pid, port, controller }))
  broker.on('exit', () => process.exit(0))
  process.on('SIGTERM', () => void end(broker))
  setInterval(() => {
    if (!wanted()) void end(broker)
  }, 2_000)
}

let ending = false
async function end(broker) {
  if (ending) return
  ending = true
  broker.kill('SIGTERM')
  await sleep(10_000)
  broker.kill('SIGKILL')
}

// --- who wants it -------------------------------------------------------------------------------------------------

function use(pid) {
  fs.mkdirSync(usersDir, { recursive: true })
  fs.writeFileSync(path.join(usersDir, pid ?? 'someone'), '')
}

function wanted() {
  const users = fs.readdirSync(usersDir)
  for (const pid of users.filter(user => user !== 'someone' && !alive(Number(user))))
    fs.rmSync(path.join(usersDir, pid))
  return fs.readdirSync(usersDir).length > 0
}

function running() {
  const state = read(stateFile)
  return state && alive(state.supervisor) && alive(state.java) ? state : undefined
}

function brokers() {
  return `127.0.0.1:${read(stateFile).port}`
}

// --- bringing it up -----------------------------------------------------------------------------------------------

async function launch() {
  checkJava()
  const data = path.join(dir, 'data')
  const before = read(stateFile)
  const port = Number(process.env.KAFKA_PORT ?? (await freePort(before?.port)))
  const controller = await freePort(before?.controller)
  fs.mkdirSync(data, { recursive: true })
  fs.writeFileSync(path.join(dir, 'server.properties'), properties(port, controller, data))
  if (!fs.existsSync(path.join(data, 'meta.properties'))) format()
  const env = { ...process.env, KAFKA_DIR: dir, KAFKA_PORTS: JSON.stringify({ port, controller }) }
  fs.rmSync(stateFile, { force: true })
  const child = spawn(process.execPath, [script, 'supervise'], { detached: true, stdio: 'ignore', env })
  child.unref()
  await until(() => running(), 10_000, 'Kafka did not start')
}

function format() {
  const tool = ['-cp', `${jars}/*`, 'kafka.tools.StorageTool', 'format', '--ignore-formatted']
  const done = spawnSync('java', [...tool, '-t', CLUSTER_ID, '-c', path.join(dir, 'server.properties')], { cwd: dir })
  if (done.status !== 0) fail(`Kafka's storage could not be formatted: ${done.stderr}${done.stdout}`)
}

function properties(port, controller, data) {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
num.partitions=12
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
queued.max.requests=50
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
log.segment.bytes=67108864
`
}

/** A port that answers is not yet a group coordinator: ready is a described cluster and a joined group. */
async function ready(at) {
  const kafka = await client(at)
  const deadline = Date.now() + 60_000
  for (;;) {
    const admin = kafka.admin()
    const consumer = kafka.consumer({ groupId: 'readiness', sessionTimeout: 6_000, maxWaitTimeInMs: 50 })
    try {
      await admin.connect()
      await admin.describeCluster()
      const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
      await consumer.connect()
      await consumer.run({ eachMessage: async () => {} })
      await Promise.race([joined, sleep(5_000).then(() => Promise.reject(new Error('no group could be joined')))])
      return
    } catch (error) {
      if (!process.env.KAFKA_BROKERS && !running()) fail(`Kafka ended; see ${path.join(dir, 'broker.log')}`, 1)
      if (Date.now() > deadline) fail(`Kafka did not get ready: ${error.message}`, 1)
      await sleep(200)
    } finally {
      await Promise.allSettled([admin.disconnect(), consumer.disconnect()])
    }
  }
}

async function client(at) {
  const { Kafka } = await import('kafkajs')
  return new Kafka({
    clientId: 'scripts-kafka',
    brokers: at.split(','),
    logLevel: 0,
    retry: { retries: 3, maxRetryTime: 500 },
  })
}

async function fetchJars() {
  if (fs.existsSync(path.join(jars, '.complete'))) return
  checkJava()
  checkMaven()
  fs.mkdirSync(jars, { recursive: true })
  const pom = path.join(cache, 'pom.xml')
  fs.writeFileSync(pom, projectFile())
  const goal = [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${jars}`,
  ]
  const done = spawnSync('mvn', goal, { encoding: 'utf8' })
  if (done.status !== 0) fail(`Maven could not fetch Kafka's jars:\n${done.stdout}${done.stderr}`)
  fs.writeFileSync(path.join(jars, '.complete'), '')
}

function projectFile() {
  const dependency = ([group, artifact, version]) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', VERSION],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J],
    ['org.apache.logging.log4j', 'log4j-core', LOG4J],
    ['org.apache.logging.log4j', 'log4j-1.2-api', LOG4J],
  ]
  return `<project><modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.map(dependency).join('')}</dependencies></project>\n`
}

function checkMaven() {
  if (spawnSync('mvn', ['-v']).status !== 0)
    fail('Kafka needs Maven (mvn) to fetch its jars once. Or set KAFKA_BROKERS.')
}

function checkJava() {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0)
  if (status !== 0) fail('Kafka needs Java 17 or later, and there is no java here. Or set KAFKA_BROKERS.')
  if (major < 17) fail(`Kafka needs Java 17 or later; here it is ${major}. Or set KAFKA_BROKERS.`)
}

// --- the little things --------------------------------------------------------------------------------------------

/** Runs `work` while no other process holds the lock; a lock whose holder is dead is taken over. */
async function locked(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const deadline = Date.now() + 300_000
  while (!take(file)) {
    if (Date.now() > deadline) fail(`waited too long for ${file}`, 1)
    await sleep(100)
  }
  const release = () => readText(file) === String(process.pid) && fs.rmSync(file)
  process.on('exit', release)
  await work()
  release()
}

function take(file) {
  const mine = `${file}.${process.pid}`
  fs.writeFileSync(mine, String(process.pid))
  try {
    // A link appears with its content, so nobody ever reads a lock without a holder.
    fs.linkSync(mine, file)
    return true
  } catch {
    const holder = Number(readText(file))
    if (holder && !alive(holder)) fs.rmSync(file, { force: true })
    return false
  } finally {
    fs.rmSync(mine)
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readText(`/proc/${pid}/status`))
  } catch {
    return false
  }
}

function freePort(wanted = 0) {
  return new Promise(resolve => {
    const server = net.createServer()
    server.once('error', () => resolve(freePort()))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function until(condition, ms, complaint) {
  const deadline = Date.now() + ms
  while (!condition()) {
    if (Date.now() > deadline) fail(complaint, 1)
    await sleep(50)
  }
}

function read(file) {
  const text = readText(file)
  return text ? JSON.parse(text) : undefined
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function print(at) {
  console.log(`KAFKA_BROKERS=${at}`)
}

function fail(message, code = 2) {
  console.error(message)
  process.exit(code)
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { while: { type: 'string' }, max: { type: 'string' }, idle: { type: 'string' } },
})
const command = commands[positionals[0]]
if (!command) fail('usage: scripts/kafka start|stop|status|consume <topic>')
await command({ options, positionals: positionals.slice(1) })
// Connections that are still closing needn't be waited for.
if (positionals[0] !== 'supervise') process.exit()
