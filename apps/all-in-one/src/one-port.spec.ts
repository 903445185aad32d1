import { createApp, createLogger, readSettings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { AllInOneModule } from './all-in-one.module.js'

let database: TestDatabase
let app: NestFastifyApplication

beforeAll(async () => {
  database = await testDatabase()
  const settings = readSettings(
    { DATABASE_URL: database.url, MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}` },
    'all-in-one',
  )
  app = await createApp(settings, AllInOneModule, createLogger({ ...settings, logLevel: 'silent' }))
  await app.listen(0, '127.0.0.1')
})

afterAll(async () => {
  await app.close()
  await database.drop()
})

async function ask(method: string, path: string): Promise<Response> {
  return fetch((await app.getUrl()) + path, { method })
}

test('the vendors’ door answers as the gateway does: its own methods, its own words, none of the API’s headers', async () => {
  const door = '/elements/api-v2/events/intercom/MQ=='
  for (const [method, status] of [
    ['GET', 404],
    ['POST', 404],
    ['PUT', 405],
  ] as const) {
    const answer = await ask(method, door)
    expect([method, answer.status]).toEqual([method, status])
    expect(await answer.json()).not.toHaveProperty('requestId')
    expect(answer.headers.get('access-control-expose-headers')).toBeNull()
  }
})

test('everything else is the API’s, health and documents left aside', async () => {
  for (const [method, path, status] of [
    ['POST', '/elements/api-v2/elements', 405],
    ['GET', '/elements/api-v2/instances/1/nothing', 404],
    ['GET', '/elements/api-v2/contacts', 401],
    ['GET', '/elements/api-v2/events/intercom/MQ==/more', 404],
    ['GET', '/elements/api-v2/events', 401],
    ['POST', '/api/nothing', 404],
  ] as const) {
    const answer = await ask(method, path)
    expect([method, path, answer.status]).toEqual([method, path, status])
    expect(await answer.json()).toHaveProperty('requestId')
  }
  expect((await ask('GET', '/health/live')).status).toBe(200)
  expect((await ask('GET', '/docs')).status).toBe(200)
})
