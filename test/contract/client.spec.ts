import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { openApiDocument } from '../../apps/instances-api/src/openapi/openapi-document.js'
import { authorizationOf } from '../../apps/instances-api/src/testing/running-api.js'
import { startWorld, type World } from './world.js'

const root = resolve(__dirname, '../..')
const run = promisify(execFile)
let folder: string
let world: World

beforeAll(async () => {
  mkdirSync(join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(join(root, '.cache/client-'))
  world = await startWorld()
}, 60_000)

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await world.close()
})

const strict = {
  ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'] },
  ...{ strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, rootDir: '.', outDir: 'out' },
}

test('a client generated from the document compiles, works, and refuses to compile what is wrong', async () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('openapi.json', await openApiDocument())
  write('package.json', '{ "type": "module" }')
  write('tsconfig.json', JSON.stringify({ compilerOptions: strict, include: ['*.ts', 'client/**/*.ts'] }))
  for (const name of ['program.ts', 'wrong-calls.ts']) {
    cpSync(join(__dirname, `testdata/${name}.txt`), join(folder, name))
  }
  await node(['@hey-api/openapi-ts/bin/run.js', '-i', 'openapi.json', '-o', 'client', '--no-log-file'])
  expect(await node(['typescript/bin/tsc', '-p', '.'])).toBe('')
  const { stdout } = await run(process.execPath, ['out/program.js'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], API_URL: world.api.url, API_AUTHORIZATION: authorizationOf(world.api.account) },
  })
  expect(JSON.parse(stdout)).toEqual({
    ...{ names: ['Generated'], tags: ['Changed'], events: 0, hasToken: true, hasRun: true, element: 'intercom' },
    ...{ gone: 404, message: expect.stringContaining('was not found') as unknown },
  })
}, 120_000)

/** Runs a package's program in the folder; where it fails, the error is what it said. */
async function node([script = '', ...words]: string[]): Promise<string> {
  try {
    return (await run(process.execPath, [join(root, 'node_modules', script), ...words], { cwd: folder })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${script} failed:\n${stdout}${stderr}`)
  }
}
