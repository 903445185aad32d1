import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '#database'
import type { EmbeddedPostgres } from '#database'
import { freePorts, roles, System } from '#test'
import { INTERCOM_DEMO } from '../apps/simulator/src/intercom/intercom.js'
import { startSimulator } from '../apps/simulator/src/simulator.js'
import type { Simulator } from '../apps/simulator/src/simulator.js'
import { runKafkaScript, whyNoKafka } from '../libs/event-log/src/testing/test-kafka.js'

const seed = Number(process.env['DRILL_SEED'] ?? 1)
const webhooksPerSecond = 60
const changesPerSecond = 10
// A broker that was given to us is none of ours to kill; the drill starts its own.
const givenKafka = process.env['KAFKA_BROKERS'] !== undefined && process.env['KAFKA_REQUIRED'] !== '1'
const why = givenKafka ? 'that of KAFKA_BROKERS is not ours to kill' : whyNoKafka()
const engines = why === null ? (['postgres', 'kafka'] as const) : (['postgres'] as const)
if (why !== null) test.skip(`with the log in kafka: ${why}`, () => undefined)

describe.each(engines)('with the log in %s', engine => {
  let folder: string
  let postgres: EmbeddedPostgres | undefined
  let broker: Broker | undefined
  let simulator: Simulator | undefined
  let system: System | undefined
  let load: Load | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-drill-'))
    postgres = await startEmbeddedPostgres({ dataDir: folder })
    if (engine === 'kafka') broker = await Broker.start(join(folder, 'kafka'))
    simulator = await startSimulator()
    system = await System.start({
      databaseUrl: postgres.url,
      ...(broker && { kafkaBrokers: broker.address }),
      env: { CONNECTOR_INTERCOM_BASE_URL: simulator.url },
    })
  }, 180_000)

  afterAll(async () => {
    load?.close()
    await system?.stop()
    await simulator?.close()
    await broker?.stop()
    await postgres?.stop()
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }, 60_000)

  test(`what it stands on is killed under load, and nothing accepted is lost (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    const running = (load = new Load(system!, simulator!, await connect(system!, simulator!)))
    running.start()
    await pause(1_000 + random() * 2_000)
    // The embedded launcher starts it again by itself, on the same data.
    process.kill(postmasterOf(folder), 'SIGKILL')
    await pause(2_000 + random() * 2_000)
    if (broker) {
      process.kill(broker.java, 'SIGKILL')
      await pause(500 + random() * 2_000)
      await broker.start()
    }
    await pause(1_000 + random() * 1_000)
    await running.stop()

    await until(90_000, async () => expect(await notReady(system!)).toEqual([]))
    const [webhooks, polling] = ['webhooks', 'polling'].map(name => simulator!.receiver.mailbox(name))
    await until(60_000, () => expect(missing(webhooks!.events(), running.accepted)).toEqual([]))
    await until(60_000, () => expect(missing(polling!.events(), running.changes)).toEqual([]))
    for (const mailbox of [webhooks!, polling!]) {
      const { requests, uniqueEvents, refusedSignatures } = mailbox.counts()
      console.log(`${engine}, ${mailbox.name}: ${uniqueEvents} events in ${requests} callbacks`)
      expect(refusedSignatures).toBe(0)
      // Every change was made once: a repeat that has another id would be a second event of its object.
      const objects = mailbox.events().map(event => event['objectId'])
      expect(objects.length - new Set(objects).size).toBe(0)
    }
    expect(running.accepted.length).toBeGreaterThan(100)
  }, 240_000)
})

/** A real broker of the drill's own, which ends with it. */
class Broker {
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

  get java(): number {
    return (JSON.parse(readFileSync(join(this.folder, 'state.json'), 'utf8')) as { java: number }).java
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

/** Webhook notifications sent as a vendor does, of which those answered 200 count, and changes that polling finds. */
class Load {
  readonly accepted: string[] = []
  readonly changes: string[] = []
  private readonly timers: NodeJS.Timeout[] = []
  private readonly underWay = new Set<Promise<void>>()
  private polls?: NodeJS.Timeout
  private sent = 0

  constructor(
    private readonly system: System,
    private readonly simulator: Simulator,
    private readonly connected: { webhookUrl: string; polledId: number },
  ) {}

  start(): void {
    const { conversations } = this.simulator.intercom.workspace()
    this.timers.push(
      setInterval(() => this.send(`webhook-${this.sent++}`), 1_000 / webhooksPerSecond),
      setInterval(() => this.changes.push(conversations.userCreated().id), 1_000 / changesPerSecond),
    )
    // While the API can't take it, the next one will.
    const poll = () => this.system.api('POST', `/api/instances/${this.connected.polledId}/poll`).catch(() => undefined)
    this.polls = setInterval(() => void poll(), 1_000)
  }

  /** Nothing new happens; what was sent is answered, and polls go on. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    await Promise.all(this.underWay)
  }

  close(): void {
    for (const timer of [...this.timers, this.polls]) clearInterval(timer)
  }

  private send(objectId: string): void {
    const answer = post(this.connected.webhookUrl, notification(objectId)).then(
      status => void (status === 200 && this.accepted.push(objectId)),
      () => undefined,
    )
    this.underWay.add(answer)
    void answer.finally(() => this.underWay.delete(answer))
  }
}

async function connect(system: System, simulator: Simulator): Promise<{ webhookUrl: string; polledId: number }> {
  const create = async (name: string, configuration: object) => {
    const { status, body } = await system.api('POST', '/elements/api-v2/instances', {
      element: { key: 'intercom' },
      configuration: {
        'event.notification.enabled': true,
        'event.notification.callback.url': simulator.receiver.mailbox(name, { key: 'drill' }).url,
        'event.notification.signature.key': 'drill',
        'oauth.api.key': INTERCOM_DEMO.clientId,
        'oauth.api.secret': INTERCOM_DEMO.clientSecret,
        'oauth.user.token': INTERCOM_DEMO.token,
        ...configuration,
      },
      tags: [],
      name,
    })
    if (status !== 200) throw new Error(`POST /instances: ${status} ${JSON.stringify(body)}`)
    return body as { id: number; webhookUrl: string }
  }
  const { webhookUrl } = await create('webhooks', { 'event.vendor.type': 'webhooks' })
  const polled = await create('polling', {
    'event.vendor.type': 'polling',
    'event.poller.configuration': { conversations: { url: '/hubs/marketing/conversations' } },
  })
  return { webhookUrl, polledId: polled.id }
}

function notification(objectId: string): string {
  const at = Math.floor(Date.now() / 1_000)
  return JSON.stringify({
    type: 'notification_event',
    app_id: INTERCOM_DEMO.workspace,
    data: { type: 'notification_event_data', item: { type: 'conversation', id: objectId, created_at: at } },
    id: `notif_${objectId}`,
    topic: 'conversation.user.created',
    created_at: at,
  })
}

async function post(url: string, body: string): Promise<number> {
  const signature = createHmac('sha1', INTERCOM_DEMO.clientSecret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-hub-signature': `sha1=${signature}` }
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) })
  await response.arrayBuffer()
  return response.status
}

function postmasterOf(folder: string): number {
  return Number(readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
}

async function notReady(system: System): Promise<string[]> {
  const answers = await Promise.all(
    roles.map(async role => {
      const response = await fetch(`${system.processes[role].url}/health/ready`)
      return response.ok ? [] : [`${role}: ${await response.text()}`]
    }),
  )
  return answers.flat()
}

function missing(events: readonly Record<string, unknown>[], ids: readonly string[]): string[] {
  const came = new Set(events.map(event => event['objectId']))
  return ids.filter(id => !came.has(id))
}

/** Waits until the expectation holds; in the end, says what it says. */
async function until(ms: number, expectation: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + ms; ; await pause(200)) {
    try {
      return await expectation()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
