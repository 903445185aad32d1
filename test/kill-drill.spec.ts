import { testKafka, whyNoKafka } from '../libs/event-log/src/testing/test-kafka.js'
import { ICONTACT_DEMO } from '../apps/simulator/src/icontact/icontact.js'
import { INTERCOM_DEMO } from '../apps/simulator/src/intercom/intercom.js'
import type { Mailbox } from '../apps/simulator/src/receiver/mailbox.js'
import { startSimulator } from '../apps/simulator/src/simulator.js'
import type { Simulator } from '../apps/simulator/src/simulator.js'
import { System, testDatabase } from '#test'
import type { SystemRole, TestDatabase } from '#test'

/** How often something changes at a vendor while processes are killed. */
const changesPerSecond = 50
const victims: SystemRole[] = ['dispatcher', 'webhook-gateway', 'poller', 'instances-api', 'dispatcher']

const why = whyNoKafka()
const engines = why === null ? (['postgres', 'kafka'] as const) : (['postgres'] as const)
if (why !== null) test.skip(`with the log in kafka: ${why}`, () => undefined)

describe.each(engines)('with the log in %s', engine => {
  let database: TestDatabase
  let simulator: Simulator
  let system: System | undefined

  beforeAll(async () => {
    const kafka = engine === 'kafka' ? await testKafka() : null
    database = await testDatabase()
    simulator = await startSimulator()
    // A killed gateway is back before Intercom's one retry, as it would be within the real minute.
    simulator.intercom.settings.webhookRetryDelayMs = 15_000
    system = await System.start({
      databaseUrl: database.url,
      ...(kafka?.brokers && { kafkaBrokers: kafka.brokers.join(',') }),
      env: { CONNECTOR_INTERCOM_BASE_URL: simulator.url, CONNECTOR_ICONTACT_BASE_URL: simulator.url },
    })
  }, 240_000)

  afterAll(async () => {
    await system?.stop()
    await simulator?.close()
    await database?.drop()
  }, 60_000)

  test('every change arrives though each process is killed in mid-flow', async () => {
    const running = system!
    const { instances, mailboxes } = await connect(running, simulator)
    const load = new Load(simulator)
    const polls = setInterval(() => pollAll(running, instances.slice(1)), 1_000)

    load.start()
    for (const victim of victims) {
      await pause(1_000)
      await running.processes[victim].kill('SIGKILL')
      await pause(500)
      await running.processes[victim].start()
    }
    await pause(1_000)
    load.stop()

    const [webhooks, polling, icontact] = mailboxes
    await arrived(webhooks, 'conversations', load.conversations)
    await arrived(polling, 'conversations', load.conversations)
    await arrived(icontact, 'contacts', load.contacts)
    clearInterval(polls)
    for (const mailbox of mailboxes) {
      const { requests, uniqueEvents, refusedSignatures } = mailbox.counts()
      console.log(`${engine}, ${mailbox.name}: ${uniqueEvents} events in ${requests} callbacks`)
      expect(refusedSignatures).toBe(0)
    }
    // A repeat has the id of what it repeats: one creation, one id.
    for (const mailbox of mailboxes) {
      const created = mailbox.events().filter(event => event.eventType === 'CREATED')
      expect(new Set(created.map(event => event.objectId)).size).toBe(created.length)
    }
  }, 300_000)
})

/** A steady stream of changes at both vendors. */
class Load {
  readonly conversations: string[] = []
  readonly contacts: string[] = []
  private timer?: NodeJS.Timeout

  constructor(private readonly simulator: Simulator) {}

  start(): void {
    this.timer = setInterval(() => this.change(), 1_000 / changesPerSecond)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private change(): void {
    this.conversations.push(this.simulator.intercom.workspace().conversations.userCreated().id)
    if (this.conversations.length % 5 > 0) return
    const email = `person${this.conversations.length}@example.com`
    this.contacts.push(String(this.simulator.icontact.folder().createListedContact({ email }).contactId))
  }
}

async function connect(system: System, simulator: Simulator) {
  const create = async (key: string, name: string, configuration: object) => {
    const { status, body } = await system.api('POST', '/elements/api-v2/instances', {
      element: { key },
      configuration: {
        'event.notification.enabled': true,
        'event.notification.callback.url': simulator.receiver.mailbox(name, { key: 'drill' }).url,
        'event.notification.signature.key': 'drill',
        ...configuration,
      },
      tags: [],
      name,
    })
    if (status !== 200) throw new Error(`POST /instances: ${status} ${JSON.stringify(body)}`)
    return body as { id: number; webhookUrl: string }
  }
  const intercom = {
    'oauth.api.key': INTERCOM_DEMO.clientId,
    'oauth.api.secret': INTERCOM_DEMO.clientSecret,
    'oauth.user.token': INTERCOM_DEMO.token,
  }
  const polling = (resource: string) => ({
    'event.vendor.type': 'polling',
    'event.poller.refresh_interval': '15',
    'event.poller.configuration': { [resource]: { url: `/hubs/marketing/${resource}` } },
  })
  const instances = [
    await create('intercom', 'webhooks', { ...intercom, 'event.vendor.type': 'webhooks' }),
    await create('intercom', 'polling', { ...intercom, ...polling('conversations') }),
    await create('icontact', 'icontact', {
      'api.version': '2.2',
      AppID: ICONTACT_DEMO.appId,
      'api.username': ICONTACT_DEMO.username,
      'api.password': ICONTACT_DEMO.password,
      ...polling('contacts'),
    }),
  ]
  const saved = await simulator.intercom.saveWebhook(instances[0]!.webhookUrl)
  if (saved.kind === 'refused') throw new Error(saved.why)
  const mailboxes = ['webhooks', 'polling', 'icontact'].map(name => simulator.receiver.mailbox(name))
  return { instances, mailboxes: mailboxes as [Mailbox, Mailbox, Mailbox] }
}

function pollAll(system: System, instances: readonly { id: number }[]): void {
  for (const { id } of instances) {
    // The API is one of the victims: the next round asks again.
    system.api('POST', `/api/instances/${id}/poll`).catch(() => undefined)
  }
}

async function arrived(mailbox: Mailbox, objectType: string, ids: readonly string[]): Promise<void> {
  const missing = () => {
    const came = new Set(
      mailbox
        .events()
        .filter(event => event.objectType === objectType)
        .map(event => event.objectId),
    )
    return ids.filter(id => !came.has(id))
  }
  const until = Date.now() + 120_000
  while (missing().length > 0) {
    if (Date.now() > until) {
      throw new Error(
        `${mailbox.name}: ${missing().length} of ${ids.length} never came: ${missing().slice(0, 5).join()}`,
      )
    }
    await pause(500)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(done => setTimeout(done, ms))
}
