import { Egress } from '#egress'
import type { EventLog, LogRecord } from '#event-log'
import { decodeEvent, type NormalizedEvent } from '#events'
import { PollSchedule, VendorSessions, type Instance, type Instances } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fixture } from '../../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions, type PollerOptions } from '../options.js'
import { Poller } from '../poller.js'
import { PostgresSchedule } from '../store/postgres-schedule.js'
import { Watcher } from '../watcher.js'

const iso = "yyyy-MM-dd'T'HH:mm:ssXXX"
const paging = { style: 'cursor', next: 'next', into: 'query', parameter: 'after' }
const dates = {
  ...{ updatedDateField: 'changed', updatedDateFormat: iso },
  ...{ createdDateField: 'made', createdDateFormat: iso },
}

/** A vendor that dates what it lists: `entries` by a filter, `journal` whole. */
const definition = {
  ...{ key: 'ledger', id: 90_100, name: 'Ledger', description: 'A ledger', hub: 'finance' },
  api: { sites: [{ name: 'main', api: 'https://ledger.example' }] },
  authentication: { type: 'apiKey', headers: { 'x-key': '{api.key}' } },
  fields: [{ key: 'api.key', label: 'API key', type: 'PASSWORD', secret: true }],
  resources: {
    entries: {
      ...{ id: 'id', dates, polledByDefault: true },
      listings: [
        {
          ...{ path: '/entries', items: 'entries', paging },
          filter: {
            into: 'query',
            operators: { '>=': { '{field}_since': '{value}' } },
            fields: { changed: { type: 'date', format: iso } },
          },
          since: { field: 'changed', covers: ['made'] },
          order: 'changed asc',
        },
      ],
    },
    journal: {
      ...{ id: 'id', dates },
      listings: [{ path: '/journal', items: 'journal', paging, parameters: ['from', 'to'] }],
    },
  },
}

export interface Entry {
  id: string
  /** Seconds since 1970. */
  made: number
  changed: number
  [member: string]: unknown
}

const options: PollerOptions = {
  ...fixedOptions,
  ...{ topicPrefix: 'tributary', concurrency: 4, eventsPerSecond: 1_000_000, keepRunsMs: 1_000 },
}
const logger = { info() {}, warn() {}, error() {} } as unknown as Logger

/** The vendor, over real HTTP. */
export class LedgerVendor {
  entries: Entry[] = []
  pageSize = 100
  /** Listings that it was asked for. */
  readonly requests: URL[] = []
  private readonly server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(this.page(new URL(request.url ?? '/', 'http://ledger.example'))))
  })

  async start(): Promise<string> {
    await new Promise<void>(done => this.server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise(done => this.server.close(done))
  }

  /** Oldest change first; a page begins behind the id in `after`. */
  private page(url: URL): object {
    this.requests.push(url)
    const since = Date.parse(url.searchParams.get('changed_since') ?? '1970-01-01') / 1_000
    const listed = this.entries
      .filter(({ changed }) => changed >= since)
      .sort((one, other) => one.changed - other.changed)
    const from = listed.findIndex(({ id }) => id === url.searchParams.get('after')) + 1
    const page = listed.slice(from, from + this.pageSize)
    const rows = page.map(entry => ({ ...entry, made: written(entry.made), changed: written(entry.changed) }))
    const next = from + this.pageSize < listed.length ? page.at(-1)?.id : null
    return { [url.pathname.slice(1)]: rows, next }
  }
}

/** Seconds since 1970 as the vendor writes them. */
export function written(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000', '')
}

/** The poller on a real database, with the vendor; instances are changed as the API changes them. */
export class Ledger {
  readonly events: NormalizedEvent[] = []
  /** Called with what is about to be published. */
  onPublish: (events: readonly NormalizedEvent[]) => Promise<void> = () => Promise.resolve()
  readonly instances: Instances
  readonly schedule: PollSchedule

  private constructor(
    readonly database: TestDatabase,
    readonly vendor: LedgerVendor,
    private readonly origin: string,
    private readonly fixture: Fixture,
    private readonly folder: string,
    private readonly egress: Egress,
  ) {
    this.schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
    this.instances = fixture.instances()
    this.instances.onChange((manager, instance) => this.schedule.sync(manager, instance))
  }

  static async open(): Promise<Ledger> {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'))
    await writeFile(join(folder, 'ledger.json'), JSON.stringify(definition))
    const vendor = new LedgerVendor()
    const [database, origin] = await Promise.all([testDatabase(), vendor.start()])
    const fixture = await Fixture.open(database, { dir: folder, baseUrls: { ledger: origin } })
    const egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
    return new Ledger(database, vendor, origin, fixture, folder, egress)
  }

  /** As another process. */
  poller(changes: Partial<PollerOptions> = {}): Poller {
    const all = { ...options, ...changes }
    const { fixture, egress, origin } = this
    const log = {
      publish: async (_topic: string, records: readonly LogRecord[]) => {
        const events = records.map(({ value }) => decodeEvent(value.toString()))
        await this.onPublish(events)
        this.events.push(...events)
      },
    } as unknown as EventLog
    const instances = fixture.instances()
    const { connectors, pool } = fixture
    const ports = {
      schedule: new PostgresSchedule(pool, 'me', all.leaseMs),
      connectors,
      sessions: new VendorSessions({ instances, connectors, egress, pool, baseUrls: { ledger: origin } }),
    }
    const clocks = { now: Date.now, random: () => 0, watcher: new Watcher(logger, new Metrics()) }
    return new Poller(instances, { ...ports, log, ...clocks }, all, logger)
  }

  /** An instance that polls, its resources by `configuration`. */
  create(configuration: Record<string, string>): Promise<Instance> {
    const identity = { workspace: 'w', variables: {} }
    return this.instances.create(
      this.fixture.draft({ elementKey: 'ledger', identity, configuration: { ...polling, ...configuration } }),
    )
  }

  /** As PATCH does: what is given goes over what is there, null takes it away. */
  async edit(id: number, changes: Record<string, string | null>): Promise<void> {
    await this.instances.update(id, current => ({ configuration: { ...current.configuration, ...changes } }))
  }

  /** Polls an instance now, whatever its interval. @returns what that published, `id TYPE` */
  async poll(id: number, poller = this.poller()): Promise<string[]> {
    const before = this.events.length
    if (!(await this.schedule.pollNow(id))) throw new Error(`instance ${id} doesn't poll`)
    await this.tick(poller)
    return this.events.slice(before).map(({ objectId, eventType }) => `${objectId} ${eventType}`)
  }

  /** Polls what is due. */
  async tick(poller = this.poller()): Promise<void> {
    await poller.tick()
    await poller.settled()
  }

  /** Where a resource is, in seconds since 1970. */
  async watermark(id: number, resource = 'entries'): Promise<number> {
    const resources = await this.schedule.resources(id)
    return resources.find(each => each.resource === resource)!.watermark.getTime() / 1_000
  }

  async close(): Promise<void> {
    await this.vendor.stop()
    await this.egress.close()
    await this.fixture.close()
    await this.database.drop()
    await rm(this.folder, { recursive: true })
  }
}

const polling = {
  ...{ 'api.key': 'k', 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
  'event.poller.refresh_interval': '15',
}
