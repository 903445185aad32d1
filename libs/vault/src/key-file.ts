import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { MasterKey } from './vault.js'

/**
 * The master key of the embedded default, made at its first use in `dataDir`, mode 0600. Of several processes that start
 * at once, all use the one that was there first. Whoever backs up the database needs this file too.
 */
export async function keyOfDataDir(dataDir: string): Promise<MasterKey> {
  const folder = resolve(dataDir)
  return (await existingKey(folder)) ?? (await make(folder, fileIn(folder)))
}

/** The key in `dataDir`; null when none was made there. */
export function existingKey(dataDir: string): Promise<MasterKey | null> {
  return read(fileIn(dataDir))
}

function fileIn(dataDir: string): string {
  return join(resolve(dataDir), 'master-key')
}

async function make(folder: string, file: string): Promise<MasterKey> {
  await mkdir(folder, { recursive: true })
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(unfinished, 'wx', 0o600)
    await handle.writeFile(`local-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`)
    await handle.sync()
    await handle.close()
    // Unlike a rename, a link doesn't replace what another process made meanwhile.
    await link(unfinished, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(unfinished, { force: true })
  }
  const key = await read(file)
  if (!key) throw new Error(`${file} vanished while it was being made`)
  return key
}

async function read(file: string): Promise<MasterKey | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const [, id, encoded = ''] = /^([\w.-]+):([\w+/]+=*)\s*$/.exec(text) ?? []
  const key = Buffer.from(encoded, 'base64')
  if (!id || key.length !== 32) {
    throw new Error(`${file} must hold one id:base64 pair of a 32-byte key. Restore it: stored secrets need it.`)
  }
  return { id, key }
}
