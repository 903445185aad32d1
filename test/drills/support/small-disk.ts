import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const megabytes = 400

// Mounted where nobody else sees it, so it is gone with the process. Who isn't root may do that as root of a namespace.
const privately = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-current-user', '--keep-caps', '--mount']
const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`

/** Why there can be no small disk here; null where there can. */
export function whyNoSmallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-disk-'))
  try {
    const { status, stderr, error } = spawnSync('unshare', [...privately, 'sh', '-c', mount, folder, 'true'], {
      encoding: 'utf8',
    })
    return status === 0 ? null : `a file system can't be mounted: ${error?.message ?? stderr.trim()}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An embedded PostgreSQL on a disk of 400 MB, which can be filled up. */
export class PostgresOnSmallDisk {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly nextLine: () => Promise<string>,
    private readonly folder: string,
  ) {}

  static async start(): Promise<PostgresOnSmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-disk-'))
    const program = [process.execPath, join(__dirname, 'postgres-on-small-disk.mjs'), folder]
    const child = spawn('unshare', [...privately, 'sh', '-c', mount, folder, ...program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const nextLine = async () => {
      const line = await lines.next()
      if (line.done) throw new Error('the PostgreSQL on the small disk has ended')
      return String(line.value)
    }
    return new PostgresOnSmallDisk(await nextLine(), child, nextLine, folder)
  }

  async fill(): Promise<void> {
    await this.say('fill')
  }

  async free(): Promise<void> {
    await this.say('free')
  }

  async stop(): Promise<void> {
    const gone = new Promise(done => this.child.once('exit', done))
    this.child.stdin?.end()
    await gone
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async say(command: string): Promise<void> {
    this.child.stdin?.write(`${command}\n`)
    await this.nextLine()
  }
}
