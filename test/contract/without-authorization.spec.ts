import { createApp, createLogger, readSettings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { AllInOneModule } from '../../apps/all-in-one/src/all-in-one.module.js'

/** What anyone may ask, and why. */
const open: Record<string, RegExp> = {
  'says what the API is, nothing of anybody': /^\/docs(?:\/openapi\.json)?$/,
  'for those beside the process; 404 for what came through a proxy': /^\/(?:health\/(?:live|ready)|metrics)$/,
  'documented without secrets, and tells nothing that its caller does not bring':
    /\/oauth\/(?:url(?:\/default)?|token)$/,
  'a page, always the same, that vendors send browsers to': /^\/oauth\/callback$/,
  'vendors have no secrets of ours; they sign, or know an unguessable URL': /^\/elements\/api-v2\/events\//,
}

let database: TestDatabase
let app: NestFastifyApplication
const routes: { method: string; url: string }[] = []

beforeAll(async () => {
  database = await testDatabase()
  const settings = readSettings(
    { DATABASE_URL: database.url, MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}` },
    'all-in-one',
  )
  app = await createApp(settings, AllInOneModule, createLogger({ ...settings, logLevel: 'silent' }))
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url })
    })
  await app.init()
})

afterAll(async () => {
  await app.close()
  await database.drop()
})

test('whatever isn’t for everybody is 401 without the header, before anything is looked up or read', async () => {
  const closed = routes.filter(
    ({ method, url }) => method !== 'OPTIONS' && !Object.values(open).some(of => of.test(url)),
  )
  const answers = await Promise.all(
    closed.map(async ({ method, url }) => {
      const path = url.replace(/:\w+/g, '1').replace('*', 'x')
      const payload = /POST|PUT|PATCH/.test(method) ? { payload: {} } : {}
      const { statusCode } = await app.inject({ method: method as 'GET', url: path, ...payload })
      return `${method} ${url} ${statusCode}`
    }),
  )
  // Fails? The path needs @Authorized(), or a place in `open`, with the reason.
  expect(answers.filter(answer => !answer.endsWith(' 401'))).toEqual([])
  expect(closed.length).toBeGreaterThan(60)
})

test('what is for everybody is there', () => {
  for (const [why, of] of Object.entries(open)) {
    expect([why, routes.some(({ url }) => of.test(url))]).toEqual([why, true])
  }
})
