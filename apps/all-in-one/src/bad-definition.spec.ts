import { createApp, createLogger, readSettings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reservedResourceNames } from '../../../libs/connectors/src/engine/name-faults.js'
import { AllInOneModule } from './all-in-one.module.js'

// A process doesn't start with a definition that can't be run, and says all that is wrong with all of them.

let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'connectors-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
  await database.drop()
})

test('a process that finds a bad definition refuses to start, with file, line, column, place and reason of each fault', async () => {
  const page = await readFile(join(__dirname, '../../../docs/connectors.md'), 'utf8')
  const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''
  const bad = example.replace('style: cursor', 'style: cursr').replace("x-api-key: '{api.key}'", "x-api-key: '{token}'")
  await writeFile(join(folder, 'shop.yaml'), bad)
  await writeFile(join(folder, 'other.json'), '{\n  "key": "other",\n  "key": "again"\n}')
  const settings = readSettings(
    {
      ...{ DATABASE_URL: database.url, MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}` },
      CONNECTORS_DIR: folder,
    },
    'all-in-one',
  )
  const starting = createApp(settings, AllInOneModule, createLogger({ ...settings, logLevel: 'silent' }))
  const error = (await starting.catch((caught: unknown) => caught)) as Error
  // As the page prints them, the end left out.
  const told =
    /```\n(shop\.yaml.*?)\n```/s
      .exec(page)?.[1]
      ?.split('\n')
      .map(line => line.replace('…', '')) ?? []
  const found = error.message.split('\n')
  expect(told).toHaveLength(2)
  expect(found[0]).toBe('other.json:3:3: "key" is given more than once; write it once')
  expect(found.slice(1).map((line, index) => line.slice(0, told[index]?.length))).toEqual(told)
})

test('the names that no resource may have are those of the API’s own paths', async () => {
  const document = JSON.parse(await readFile(join(__dirname, '../../../docs/openapi.json'), 'utf8')) as {
    paths: object
  }
  const names = Object.keys(document.paths).flatMap(path => /^\/elements\/api-v2\/(\w+)/.exec(path)?.[1] ?? [])
  // The vendors' door isn't in the document.
  expect([...new Set([...names, 'events'])].sort()).toEqual([...reservedResourceNames])
})
