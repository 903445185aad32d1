import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVault } from './index.js'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vault-'))
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

const given = { id: 'given', key: Buffer.alloc(32, 1) }

test('the embedded default makes one key, for its owner only, however many start at once', async () => {
  const folder = join(dataDir, 'new')
  const vaults = await Promise.all(Array.from({ length: 8 }, () => openVault({ masterKeys: [], dataDir: folder })))
  const sealed = vaults[0]?.seal('secret', 'c') ?? Buffer.of()
  for (const vault of vaults) expect(vault.open(sealed, 'c')).toBe('secret')
  expect(await readdir(folder)).toEqual(['master-key'])
  expect((await stat(join(folder, 'master-key'))).mode & 0o777).toBe(0o600)
})

test('what the embedded default sealed still opens once MASTER_KEYS is set', async () => {
  const sealed = (await openVault({ masterKeys: [], dataDir })).seal('secret', 'c')
  const vault = await openVault({ masterKeys: [given], dataDir })
  expect(vault.open(sealed, 'c')).toBe('secret')
  expect(vault.currentKeyId).toBe('given')
})

test('beside a DATABASE_URL no key is made', async () => {
  await expect(openVault({ masterKeys: [], databaseUrl: 'postgres://db/t', dataDir })).rejects.toThrow('MASTER_KEYS')
  expect(await readdir(dataDir)).toEqual([])
})

test('a damaged key file is an error that says so, not a new key', async () => {
  await writeFile(join(dataDir, 'master-key'), 'local-1:short')
  await expect(openVault({ masterKeys: [], dataDir })).rejects.toThrow('must hold one id:base64 pair')
})
