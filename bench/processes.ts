import { fork, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const children = new Set<ChildProcess>()
process.on('exit', () => children.forEach(child => child.kill('SIGKILL')))

/** A program of dist/ as a process of its own, and what it says over IPC. */
export class Program {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param module its path below dist/. BENCH_PROFILE names a folder for a CPU profile of each process. */
  static start(module: string, env: Record<string, string> = {}): Program {
    const profile = process.env.BENCH_PROFILE
    const child = fork(fileURLToPath(new URL(`dist/${module}`, root)), {
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      execArgv: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${nameOf(module)}`] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return new Program(module, child)
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Sends a message and resolves with the answer; rejects where the process ends first. */
  ask<Answer>(message: object): Promise<Answer> {
    return new Promise((done, fail) => {
      const ended = (code: number | null) => fail(new Error(`${this.name} ended with ${code}`))
      this.child.once('exit', ended)
      this.child.once('message', answer => {
        this.child.off('exit', ended)
        done(answer as Answer)
      })
      this.child.send(message)
    })
  }

  /** Resolves when `url` answers 2xx. */
  async ready(url: string): Promise<void> {
    for (const until = Date.now() + 60_000; Date.now() < until; await pause(50)) {
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended with ${this.child.exitCode}`)
      const answer = await fetch(url).catch(() => null)
      if (answer?.ok) return
    }
    throw new Error(`${this.name} isn't ready after 60 s`)
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = new Promise(done => this.child.once('exit', done))
    this.child.kill('SIGTERM')
    await ended
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(done => setTimeout(done, milliseconds))
}

function nameOf(module: string): string {
  return `${module.replaceAll('/', '-')}-${Date.now()}.cpuprofile`
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}
