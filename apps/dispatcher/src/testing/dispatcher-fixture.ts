import { testDatabase, type TestDatabase } from '#test'
import type { Pool } from 'pg'
import { startDispatcher, TestTargets, type TestDispatcher } from './dispatcher.js'
import { receivers, type Receivers } from './receivers.js'

/** What a spec of dispatching stands on: a database, what its instances are configured with, dispatchers and receivers. */
export interface DispatcherFixture extends Receivers {
  readonly db: TestDatabase
  readonly targets: TestTargets
  /** The one started last. */
  readonly dispatcher: TestDispatcher
  /** Starts one more, which ends with the database. */
  start(pool?: Pool): Promise<TestDispatcher>
  stop(dispatcher: TestDispatcher): Promise<void>
}

/** A database and targets for each file, or each test; dispatchers are the spec's to start. */
export function dispatcherFixture(per: 'file' | 'test'): DispatcherFixture {
  const parts: { db?: TestDatabase } = {}
  let targets = new TestTargets()
  let running: TestDispatcher[] = []
  const [before, after] = per === 'file' ? [beforeAll, afterAll] : [beforeEach, afterEach]

  before(async () => {
    parts.db = await testDatabase()
    targets = new TestTargets()
    running = []
  })
  after(async () => {
    await Promise.all(running.map(dispatcher => dispatcher.stop()))
    await parts.db?.drop()
  })
  // After the hooks above, which run in this order: dispatchers stop while their receivers still answer.
  const givenReceivers = receivers()

  const database = () => {
    if (!parts.db) throw new Error('the database is there in tests and hooks only')
    return parts.db
  }
  return {
    another: givenReceivers.another,
    get receiver() {
      return givenReceivers.receiver
    },
    get db() {
      return database()
    },
    get targets() {
      return targets
    },
    get dispatcher() {
      const last = running.at(-1)
      if (!last) throw new Error('no dispatcher is started')
      return last
    },
    async start(pool = database().pool) {
      const dispatcher = await startDispatcher(pool, targets)
      running.push(dispatcher)
      return dispatcher
    },
    async stop(dispatcher) {
      running = running.filter(other => other !== dispatcher)
      await dispatcher.stop()
    },
  }
}
