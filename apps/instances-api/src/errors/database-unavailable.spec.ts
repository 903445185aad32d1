import { testDatabase, type TestDatabase } from '#test'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningApi, type Answer } from '../testing/running-api.js'
import { isDatabaseUnavailable } from './database-unavailable.js'

/** A way to the database that can be cut and mended. */
class Way {
  private readonly sockets = new Set<Socket>()
  private server: Server | null = null
  private port = 0

  constructor(private readonly target: URL) {}

  /** @returns the database's address by this way */
  async open(): Promise<string> {
    this.server = createServer(socket => {
      const onward = connect(Number(this.target.port), this.target.hostname)
      for (const [one, other] of [[socket, onward] as const, [onward, socket] as const]) {
        this.sockets.add(one)
        one.on('error', () => {}).on('close', () => other.destroy())
        one.pipe(other)
      }
    }).listen(this.port, '127.0.0.1')
    await once(this.server, 'listening')
    this.port = (this.server.address() as AddressInfo).port
    return Object.assign(new URL(this.target), { hostname: '127.0.0.1', port: String(this.port) }).href
  }

  async cut(): Promise<void> {
    const closed = this.server && once(this.server, 'close')
    this.server?.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }
}

let database: TestDatabase
let way: Way
let api: RunningApi

beforeAll(async () => {
  database = await testDatabase()
  way = new Way(new URL(database.url))
  api = await RunningApi.start({ DATABASE_URL: await way.open() })
})

afterAll(async () => {
  await api.close()
  await way.cut()
  await database.drop()
})

function expectUnavailable({ status, headers, body }: Answer): void {
  expect([status, headers.get('retry-after'), body]).toEqual([
    503,
    '5',
    {
      requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown,
      message: 'The database does not answer; try again in a few seconds',
      providerMessage: null,
    },
  ])
}

test('while PostgreSQL is away, right and wrong secrets alike are 503, and afterwards what they were', async () => {
  const wrong = { authorization: 'User x, Organization y' }
  expect((await api.call('GET', '/instances')).status).toBe(200)
  await way.cut()
  expectUnavailable(await api.call('GET', '/instances'))
  expectUnavailable(await api.call('GET', '/accounts', wrong))
  expectUnavailable(await api.call('DELETE', '/instances/1'))
  await way.open()
  expect((await api.call('GET', '/instances')).status).toBe(200)
  expect((await api.call('GET', '/accounts', wrong)).status).toBe(401)
})

test('a connection that breaks under a request is 503 too', async () => {
  const locking = await database.pool.connect()
  await locking.query('begin; lock table account in access exclusive mode')
  const answer = api.call('GET', '/instances')
  const waiting = `select 1 from pg_locks where not granted and relation = 'account'::regclass`
  while (!(await database.pool.query(waiting)).rowCount) await sleep(20)
  await way.cut()
  await way.open()
  expectUnavailable(await answer)
  await locking.query('rollback')
  locking.release()
})

test.each([
  ['57P03', true],
  ['08006', true],
  ['53300', true],
  ['23505', false],
  ['40001', false],
  ['22P02', false],
])('an error with SQLSTATE %s: %s', (code, isUnavailable) => {
  expect(isDatabaseUnavailable(Object.assign(new Error('x'), { code }))).toBe(isUnavailable)
})

test('other faults are not taken for the database’s', () => {
  for (const thrown of [new Error('Connection is bad'), new TypeError('x'), 'Connection terminated', null]) {
    expect(isDatabaseUnavailable(thrown)).toBe(false)
  }
})
