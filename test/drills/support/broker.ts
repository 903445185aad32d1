import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '#test'
import { runKafkaScript } from '../../../libs/event-log/src/testing/test-kafka.js'

/** A real broker of the drill's own, which ends with it. */
export class Broker {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(folder: string): Promise<Broker> {
    const [port] = await freePorts(1)
    const broker = new Broker(folder, port!)
    await broker.start()
    return broker
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  signal(name: NodeJS.Signals): void {
    const { java } = JSON.parse(readFileSync(join(this.folder, 'state.json'), 'utf8')) as { java: number }
    process.kill(java, name)
  }

  start(): Promise<void> {
    return this.run('start', '--while', String(process.pid))
  }

  stop(): Promise<void> {
    return this.run('stop')
  }

  private async run(...words: string[]): Promise<void> {
    const env = { KAFKA_BROKERS: undefined, KAFKA_DIR: this.folder, KAFKA_PORT: String(this.port) }
    const { code, stderr } = await runKafkaScript(words, env)
    if (code !== 0) throw new Error(`scripts/kafka ${words.join(' ')} ended with ${code}: ${stderr}`)
  }
}
