import type { PageOutcome, VendorHttp, VendorSession } from '#connectors'
import { Egress } from '#egress'
import type { EventLog, LogRecord } from '#event-log'
import { decodeEvent, type NormalizedEvent } from '#events'
import { PollSchedule, type Instance, type PollRun, type VendorSessions } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import type { Pool } from 'pg'
import { Fixture } from '../../../../../libs/instances/src/testing/fixture.js'
import { ICONTACT_DEMO } from '../../../../simulator/src/icontact/icontact.js'
import { INTERCOM_DEMO } from '../../../../simulator/src/intercom/intercom.js'
import { startSimulator, type Simulator } from '../../../../simulator/src/simulator.js'
import { fixedOptions } from '../options.js'
import { Poller } from '../poller.js'
import { PostgresSchedule } from '../store/postgres-schedule.js'
import { Watcher } from '../watcher.js'

const credentials: Record<Vendor, Record<string, string>> = {
  intercom: { 'oauth.user.token': INTERCOM_DEMO.token },
  icontact: {
    ...{ 'api.version': '2.2', AppID: ICONTACT_DEMO.appId },
    ...{ 'api.username': ICONTACT_DEMO.username, 'api.password': ICONTACT_DEMO.password },
  },
}

export interface Polled {
  state: PollRun['state']
  told: string[]
  events: NormalizedEvent[]
  asked: string[]
  wrong: string[]
}

export type Vendor = 'intercom' | 'icontact'

/** The poller on a real database, and the simulated vendors over HTTP; all of them go by the simulator's clock. */
export class PolledSimulator {
  /** What happens at a vendor just before it gets a poll's request. */
  before: (url: URL) => void = () => undefined
  private events: NormalizedEvent[] = []
  private readonly ids: string[] = []
  private readonly poller: Poller

  private constructor(
    readonly simulator: Simulator,
    private readonly database: TestDatabase,
    private readonly fixture: Fixture,
    private readonly egress: Egress,
    readonly schedule: PollSchedule,
  ) {
    const logger = { info() {}, warn() {}, error() {} } as unknown as Logger
    const now = () => simulator.clock.now()
    const log = {
      publish: (_topic: string, records: readonly LogRecord[]) => {
        this.events.push(...records.map(({ value }) => decodeEvent(value.toString())))
        return Promise.resolve()
      },
    } as unknown as EventLog
    const options = {
      ...fixedOptions,
      topicPrefix: 'tributary',
      concurrency: 4,
      eventsPerSecond: 1e6,
      keepRunsMs: 1_000,
    }
    this.poller = new Poller(
      fixture.instances(),
      {
        schedule: new PostgresSchedule(database.pool, 'me', options.leaseMs, now),
        connectors: fixture.connectors,
        sessions: this.sessions(),
        ...{ log, now, random: () => 0, watcher: new Watcher(logger, new Metrics()) },
      },
      options,
      logger,
    )
  }

  static async open(): Promise<PolledSimulator> {
    const [simulator, database] = await Promise.all([startSimulator(), testDatabase()])
    const baseUrls = { intercom: simulator.url, icontact: simulator.url }
    const fixture = await Fixture.open(database, { baseUrls, now: () => simulator.clock.now() })
    const egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
    return new PolledSimulator(
      simulator,
      database,
      fixture,
      egress,
      new PollSchedule(fixture.dataSource, fixture.connectors),
    )
  }

  /** Every resource of a definition, configured as it is where a client leaves everything else out. */
  byDefault(vendor: Vendor): Record<string, { url: string }> {
    const resources = this.fixture.connectors.get(vendor)?.resources ?? []
    return Object.fromEntries(resources.map(({ name, pollUrl }) => [name, { url: pollUrl }]))
  }

  /** An instance that polls these resources; of each its configuration, which may be empty. */
  async polling(
    vendor: Vendor,
    resources: Record<string, object>,
    configuration: Record<string, string> = {},
  ): Promise<Instance> {
    const whole = {
      ...{ ...credentials[vendor], 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
      ...{ 'event.poller.configuration': JSON.stringify(resources), ...configuration },
    }
    // As when an instance is created.
    const outcome = await this.fixture.connectors.get(vendor)!.identify({ configuration: whole }, this.http)
    if (outcome.kind !== 'identified') throw new Error(outcome.message)
    const instance = await this.fixture.create({
      ...{ elementKey: vendor, configuration: whole, identity: outcome.identity },
    })
    await this.schedule.sync(this.fixture.dataSource.manager, instance)
    return instance
  }

  /**
   * Polls now.
   * @returns what the run published (`conversations 7 CREATED`), the requests that it took, and what went wrong
   */
  async poll(instance: Instance): Promise<Polled> {
    const { intercom, icontact } = this.simulator
    for (const { faults } of [intercom, icontact]) faults.forgetRequests()
    this.events = []
    const runId = await this.schedule.pollNow(instance.id)
    await this.poller.tick()
    await this.poller.settled()
    const run = (await this.schedule.run(instance.id, runId!))!
    this.ids.push(...this.events.map(({ id }) => id))
    return {
      state: run.state,
      wrong: run.resources.flatMap(({ resource, error }) => (error === null ? [] : `${resource}: ${error}`)),
      events: this.events,
      told: this.events.map(({ objectType, objectId, eventType }) => `${objectType} ${objectId} ${eventType}`).sort(),
      asked: [intercom, icontact].flatMap(({ faults }) =>
        faults.requests().map(({ method, path }) => `${method} ${path}`),
      ),
    }
  }

  /** What the vendor asked to wait for is over: leases and due times go by the database's clock. */
  async rested({ id }: Instance): Promise<void> {
    const { pool } = this.database
    await pool.query('update polled_resource set next_due = now() where instance_id = $1', [id])
    await pool.query('update polled_instance set not_before = null, due_at = now() where instance_id = $1', [id])
  }

  /** Requests as they are, over HTTP; neither budgets nor renewed tokens stand between. */
  private sessions(): VendorSessions {
    return {
      http: () => this.http,
      calls: ({ configuration, identity }: Instance) => ({
        call: (ask: (session: VendorSession) => Promise<PageOutcome>) => ask({ configuration, identity }),
      }),
    } as unknown as VendorSessions
  }

  private readonly http: VendorHttp = async request => {
    this.before(new URL(request.url))
    const bounds = { timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024 }
    return this.egress.request({ ...bounds, ...request, allow: this.simulator.url })
  }

  get pool(): Pool {
    return this.database.pool
  }

  /** How many events of all polls share an id with another one. */
  get repeatedIds(): number {
    return this.ids.length - new Set(this.ids).size
  }

  async close(): Promise<void> {
    await this.poller.stop()
    await this.fixture.close()
    await Promise.all([this.database.drop(), this.simulator.close(), this.egress.close()])
  }
}
