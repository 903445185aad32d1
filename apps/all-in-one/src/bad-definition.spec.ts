import { testDatabase, type TestDatabase } from '#test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { reservedResourceNames } from '../../../libs/connectors/src/engine/name-faults.js'

// A process doesn't start with a definition that can't be run, and says all that is wrong with all of them.

const root = join(__dirname, '../../..')
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
  const page = await readFile(join(root, 'docs/connectors.md'), 'utf8')
  const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''
  const bad = example.replace('style: cursor', 'style: cursr').replace("x-api-key: '{api.key}'", "x-api-key: '{token}'")
  await writeFile(join(folder, 'shop.yaml'), bad)
  await writeFile(join(folder, 'other.json'), '{\n  "key": "other",\n  "key": "again"\n}')
  const { code, faults } = await start({ CONNECTORS_DIR: folder })
  // As the page prints them, the end left out.
  const told =
    /```\n(shop\.yaml.*?)\n```/s
      .exec(page)?.[1]
      ?.split('\n')
      .map(line => line.replace('…', '')) ?? []
  expect(code).toBe(1)
  expect(told).toHaveLength(2)
  expect(faults[0]).toBe('other.json:3:3: "key" is given more than once; write it once')
  expect(faults.slice(1).map((line, index) => line.slice(0, told[index]?.length))).toEqual(told)
})

/** Starts the built program, which is to end by itself. @returns what its last line says was wrong, line by line */
async function start(environment: Record<string, string>): Promise<{ code: number | null; faults: string[] }> {
  const program = spawn(process.execPath, [join(root, 'dist/apps/all-in-one/src/main.js')], {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url, PORT: '0' },
      ...{ MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`, ...environment },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(program, 'exit') as Promise<[number | null]>
  const lines = (await text(program.stdout)).trim().split('\n')
  const { err } = JSON.parse(lines.at(-1) ?? '{}') as { err?: { message: string } }
  const [code] = await ended
  return { code, faults: err?.message.split('\n') ?? [] }
}

test('the names that no resource may have are those of the API’s own paths', async () => {
  const document = JSON.parse(await readFile(join(root, 'docs/openapi.json'), 'utf8')) as {
    paths: object
  }
  const names = Object.keys(document.paths).flatMap(path => /^\/elements\/api-v2\/(\w+)/.exec(path)?.[1] ?? [])
  // The vendors' door isn't in the document.
  expect([...new Set([...names, 'events'])].sort()).toEqual([...reservedResourceNames])
})
