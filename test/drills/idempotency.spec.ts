import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppProcess, freePorts, testDatabase, type Account, type TestDatabase } from '#test'
import { contentIntercom, VendorStandIn } from '../../apps/instances-api/src/testing/vendor-stand-in.js'

const root = resolve(__dirname, '../..')

const vendor = new VendorStandIn()
let database: TestDatabase
let api: AppProcess
let account: Account

beforeAll(async () => {
  database = await testDatabase()
  const vendorUrl = await vendor.start()
  contentIntercom(vendor)
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    DATABASE_URL: database.url,
    DATA_DIR: mkdtempSync(join(tmpdir(), 'tributary-data-')),
    MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    PUBLIC_URL: 'https://tributary.example',
    CONNECTOR_INTERCOM_BASE_URL: vendorUrl,
  }
  const tributary = (...words: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'scripts/tributary.mjs'), ...words], { cwd: root, env })
  await tributary('migrate')
  account = JSON.parse((await tributary('accounts', 'create', '--json')).stdout) as Account
  const [port] = await freePorts(1)
  api = new AppProcess('instances-api', port!, env)
  await api.start()
}, 120_000)

afterAll(async () => {
  await api?.kill()
  await vendor.stop()
  await database?.drop()
})

async function create(key: string, name: string): Promise<{ status: number; replayed: boolean; id: unknown }> {
  const response = await fetch(`${api.url}/elements/api-v2/elements/intercom/instances`, {
    method: 'POST',
    headers: {
      authorization: `User ${account.userSecret}, Organization ${account.organizationSecret}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ name, configuration: { 'oauth.user.token': 'tok', 'oauth.api.secret': 'hush' } }),
  })
  const { id } = (await response.json()) as { id?: unknown }
  return { status: response.status, replayed: response.headers.get('idempotent-replayed') === 'true', id }
}

async function count(name: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>('select count(*)::int from instance where name = $1', [
    name,
  ])
  return rows[0]!.count
}

/** Kills the API once its request sleeps in `trigger`, ends what it left in the database, and starts it again. */
async function killedIn(trigger: string, request: Promise<unknown>): Promise<void> {
  const failed = request.then(
    () => false,
    () => true,
  )
  const sleeping = `select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
  while ((await database.pool.query(sleeping)).rowCount === 0) await pause(20)
  await api.kill('SIGKILL')
  expect(await failed).toBe(true)
  await database.pool.query(`select pg_terminate_backend(pid) from (${sleeping}) as asleep`)
  await database.pool.query(`drop trigger ${trigger} on idempotency_key`)
  await api.start()
}

async function sleepIn(trigger: string, when: string): Promise<void> {
  await database.pool.query(`
    create or replace function sleep_long() returns trigger language plpgsql as
      $$ begin perform pg_sleep(600); return new; end $$`)
  await database.pool.query(`
    create trigger ${trigger} before update on idempotency_key for each row when (${when})
      execute function sleep_long()`)
}

/** Time passes: the lease of a dead process ends. */
async function leaseEnds(key: string): Promise<void> {
  const { rowCount } = await database.pool.query(
    `update idempotency_key set leased_until = now() where key = $1 and leased_until > now()`,
    [key],
  )
  expect(rowCount).toBe(1)
}

test('killed before the instance is committed: once its lease is over, the repeat makes the only one', async () => {
  const key = randomUUID()
  await sleepIn('in_transaction', 'new.instance_id is not null and old.instance_id is null')
  await killedIn('in_transaction', create(key, 'Early'))
  expect(await count('Early')).toBe(0)
  expect((await create(key, 'Early')).status).toBe(409)
  await leaseEnds(key)
  expect(await create(key, 'Early')).toMatchObject({ status: 200, replayed: false })
  expect(await count('Early')).toBe(1)
}, 60_000)

test('killed after it was committed and before the answer: the repeat answers with that one', async () => {
  const key = randomUUID()
  await sleepIn('at_answer', 'new.answer is not null')
  await killedIn('at_answer', create(key, 'Late'))
  expect(await count('Late')).toBe(1)
  await leaseEnds(key)
  const repeat = await create(key, 'Late')
  expect(repeat).toMatchObject({ status: 200, replayed: true, id: expect.any(Number) as unknown })
  expect(await create(key, 'Late')).toEqual(repeat)
  expect(await count('Late')).toBe(1)
}, 60_000)
