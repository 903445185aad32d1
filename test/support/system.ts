import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream, mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

export const roles = ['instances-api', 'webhook-gateway', 'poller', 'dispatcher'] as const
export type SystemRole = (typeof roles)[number]

/** An account as `tributary accounts create --json` prints it. */
export interface Account {
  accountId: number
  companyId: number
  userId: number
  userSecret: string
  organizationSecret: string
}

/** Bodies are looked into by tests, which say what they expect of them. */
export interface ApiAnswer {
  status: number
  body: Record<string, unknown>
}

export interface SystemOptions {
  databaseUrl: string
  /** Unset: the log is in PostgreSQL. */
  kafkaBrokers?: string
  env?: Record<string, string>
}

/** The four apps as real processes, to be called, killed and started again. */
export class System {
  readonly processes = {} as Record<SystemRole, AppProcess>
  /** Further processes of the same roles. */
  readonly others: AppProcess[] = []

  private constructor(
    readonly account: Account,
    private readonly env: Record<string, string>,
  ) {}

  /** Migrates, makes an account, and starts all four; resolves when all are ready. */
  static async start(options: SystemOptions): Promise<System> {
    const ports = await freePorts(roles.length)
    const portOf = (role: SystemRole) => ports[roles.indexOf(role)]!
    const env = environment(options, `http://127.0.0.1:${portOf('webhook-gateway')}`)
    await command(['migrate'], env)
    const account = JSON.parse(await command(['accounts', 'create', '--json'], env)) as Account
    const system = new System(account, env)
    for (const role of roles) system.processes[role] = new AppProcess(role, portOf(role), env)
    try {
      await Promise.all(roles.map(role => system.processes[role].start()))
    } catch (error) {
      await Promise.all(roles.map(role => system.processes[role].kill()))
      throw error
    }
    return system
  }

  /** Calls instances-api with the account's secrets. */
  async api(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(`${this.processes['instances-api'].url}${path}`, {
      method,
      headers: {
        authorization: `User ${this.account.userSecret}, Organization ${this.account.organizationSecret}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> }
  }

  /** Starts one more process of this role beside those that run; resolves when it is ready. */
  async another(role: SystemRole): Promise<AppProcess> {
    const [port] = await freePorts(1)
    const process = new AppProcess(role, port!, this.env)
    this.others.push(process)
    await process.start()
    return process
  }

  /** All processes, or those of a role. */
  all(role?: SystemRole): AppProcess[] {
    const processes = [...roles.map(each => this.processes[each]), ...this.others]
    return processes.filter(process => role === undefined || process.role === role)
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map(process => process?.stop()))
  }

  /** Runs the command line as this system would. */
  run(words: string[]): Promise<string> {
    return command(words, this.env)
  }
}

/** Generous, for machines that have much else to do. */
const readyMs = 120_000

/** What is still running when the tests end, however they end, must not outlive them. */
const children = new Set<ChildProcess>()
process.on('exit', () => children.forEach(child => child.kill('SIGKILL')))

/** One app as a process of its own. */
export class AppProcess {
  readonly url: string
  readonly logFile: string
  private child?: ChildProcess

  constructor(
    readonly role: SystemRole | 'all-in-one',
    port: number,
    private readonly env: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${port}`
    this.logFile = join(mkdtempSync(join(tmpdir(), 'tributary-log-')), `${role}.log`)
    this.env = { ...env, PORT: String(port) }
  }

  /** Its id, while it runs. */
  get pid(): number | undefined {
    return this.child && this.child.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(root, `dist/apps/${this.role}/src/main.js`)], {
      cwd: root,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    children.add(child)
    child.once('exit', () => children.delete(child))
    const log = createWriteStream(this.logFile, { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    await this.ready(child)
  }

  /** As the operating system would: nothing is finished, nothing is said. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.end(signal)
  }

  /** In order. @returns its exit code; null where it was killed, or hadn't been running */
  stop(): Promise<number | null> {
    return this.end('SIGTERM')
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return null
    const gone = new Promise<number | null>(done => child.once('exit', done))
    child.kill(signal)
    return await gone
  }

  private async ready(child: ChildProcess): Promise<void> {
    const until = Date.now() + readyMs
    let last = 'no answer'
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`${this.role} ended with ${child.exitCode}:\n${this.tail()}`)
      try {
        const response = await fetch(`${this.url}/health/ready`)
        if (response.ok) return
        last = await response.text()
      } catch (error) {
        last = String(error)
      }
      await new Promise(done => setTimeout(done, 50))
    }
    throw new Error(`${this.role} isn't ready after ${readyMs / 1_000} s: ${last}\n${this.tail()}`)
  }

  private tail(): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-40).join('\n')
  }
}

function environment({ databaseUrl, kafkaBrokers, env }: SystemOptions, publicUrl: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: databaseUrl,
    ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }),
    DATA_DIR: mkdtempSync(join(tmpdir(), 'tributary-data-')),
    MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    PUBLIC_URL: publicUrl,
    TOPIC_PREFIX: `t${randomBytes(4).toString('hex')}`,
    EGRESS_ALLOW: '127.0.0.0/8',
    ...env,
  }
}

function command(words: string[], env: Record<string, string>): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, 'scripts/tributary.mjs'), ...words], { cwd: root, env })
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => (out += String(chunk)))
    child.stderr.on('data', chunk => (err += String(chunk)))
    child.on('error', fail)
    child.on('exit', code =>
      code === 0 ? done(out) : fail(new Error(`tributary ${words.join(' ')} ended with ${code}:\n${out}${err}`)),
    )
  })
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(server => new Promise<number>(done => server.listen(0, '127.0.0.1', () => done(portOf(server))))),
  )
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return ports
}

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as { port: number }).port
}
