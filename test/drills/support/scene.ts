import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '#database'
import type { EmbeddedPostgres } from '#database'
import { System } from '#test'
import type { SystemRole } from '#test'
import pg from 'pg'
import { startSimulator } from '../../../apps/simulator/src/simulator.js'
import type { Simulator } from '../../../apps/simulator/src/simulator.js'
import { Broker } from './broker.js'
import type { Engine } from './engines.js'

interface SceneOptions {
  engine?: Engine
  /** Roles that get a second process. */
  twice?: readonly SystemRole[]
  /** Instead of one that the scene starts; it is stopped with the scene. */
  postgres?: Pick<EmbeddedPostgres, 'url' | 'stop'>
  env?: Record<string, string>
}

/** All that a drill plays in, its own to kill: PostgreSQL, a broker, the simulated vendors and the apps. */
export class Scene {
  simulator!: Simulator
  system!: System
  broker: Broker | undefined
  pool!: pg.Pool
  private postgres: Pick<EmbeddedPostgres, 'url' | 'stop'> | undefined

  private constructor(private readonly folder: string) {}

  static async start(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene(await mkdtemp(join(tmpdir(), 'tributary-drill-')))
    try {
      await scene.build(options)
      return scene
    } catch (error) {
      await scene.stop()
      throw error
    }
  }

  /** The server's first process: killed, it takes the others along, and the embedded launcher starts it again. */
  killPostgres(): void {
    const lock = readFileSync(join(this.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')
    process.kill(Number(lock.split('\n')[0]), 'SIGKILL')
  }

  /** What says that it isn't ready, and why. */
  async notReady(): Promise<string[]> {
    const answers = await Promise.all(
      this.system.all().map(async ({ role, url }) => {
        const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
        return response.ok ? [] : [`${role}: ${await response.text()}`]
      }),
    )
    return answers.flat()
  }

  async stop(): Promise<void> {
    await this.system?.stop()
    await this.simulator?.close()
    await this.pool?.end()
    await this.broker?.stop()
    await this.postgres?.stop()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  private async build({ engine = 'postgres', twice = [], postgres, env }: SceneOptions): Promise<void> {
    this.postgres = postgres ?? (await startEmbeddedPostgres({ dataDir: this.folder }))
    const { url } = this.postgres
    this.pool = new pg.Pool({ connectionString: url, max: 3, query_timeout: 10_000 })
    this.pool.on('error', () => undefined)
    if (engine === 'kafka') this.broker = await Broker.start(join(this.folder, 'kafka'))
    this.simulator = await startSimulator()
    this.system = await System.start({
      databaseUrl: url,
      ...(this.broker && { kafkaBrokers: this.broker.address }),
      env: {
        CONNECTOR_INTERCOM_BASE_URL: this.simulator.url,
        CONNECTOR_ICONTACT_BASE_URL: this.simulator.url,
        ...env,
      },
    })
    await Promise.all(twice.map(role => this.system.another(role)))
  }
}
