import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../../../simulator/src/simulator.js'
import { accountFile } from '../first-account.js'
import { startAll } from '../start-all.js'
import { Api } from './api.js'
import type { Secrets } from './api.js'
import { connect, work } from './scenario.js'
import { judge, table } from './verdict.js'

const stay = process.argv.includes('--stay')
const began = performance.now()
const dataDir = await mkdtemp(join(tmpdir(), 'tributary-demo-'))
const simulator = await startSimulator()
const port = await freePort()

console.log('Starting PostgreSQL, instances-api, webhook-gateway, poller, dispatcher and the simulated vendors …')
const app = await startAll({
  ...process.env,
  DATABASE_URL: '',
  DATA_DIR: dataDir,
  PORT: String(port),
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  EGRESS_ALLOW: '127.0.0.0/8',
  CONNECTOR_INTERCOM_BASE_URL: simulator.url,
  CONNECTOR_ICONTACT_BASE_URL: simulator.url,
})
const api = new Api(`http://127.0.0.1:${port}`, JSON.parse(readFileSync(accountFile(dataDir), 'utf8')) as Secrets)

console.log('Connecting three accounts, and working in them …\n')
const lanes = await connect(api, simulator)
await work(api, simulator, lanes)
const rows = await judge(lanes, simulator.receiver, 20_000)
const good = rows.filter(({ state }) => state === 'delivered and verified').length

console.log(table(rows))
const seconds = ((performance.now() - began) / 1_000).toFixed(1)
const log = process.env.KAFKA_BROKERS ? `Kafka at ${process.env.KAFKA_BROKERS}` : 'PostgreSQL'
console.log(`\n${good} of ${rows.length} changes delivered and verified, in ${seconds} s; the event log is in ${log}.`)

if (stay) {
  console.log(`
Left running. Stop it with Ctrl-C.
  API                 ${api.url}/docs
  secrets             ${accountFile(dataDir)}
  simulated vendors   ${simulator.url}/control
  callbacks so far    ${simulator.url}/control/receiver`)
  process.once('exit', () => console.log(`The demo's data is left in ${dataDir}`))
} else {
  await app.close()
  await simulator.close()
  await rm(dataDir, { recursive: true, force: true })
  process.exit(good === rows.length ? 0 : 1)
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}
