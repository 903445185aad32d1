/// <reference types="jest" />
import { randomUUID } from 'node:crypto'
import { PublishFailedError } from '../errors.js'
import type { EventLog } from '../event-log.js'
import type { Opened, ServerUnderTest } from './engine-under-test.js'
import { assertOrder, Reading, sleep } from './reading.js'

/** What must survive the server's dying, freezing and coming back. On a server of the drill's own. */
export function eventLogDrills(name: string, makeServer: () => Promise<ServerUnderTest>): void {
  describe(`the event log's server (${name})`, () => {
    let server: ServerUnderTest
    let writer: Opened
    let reader: Opened
    let topic: string
    let reading: Reading

    beforeAll(async () => {
      server = await makeServer()
      writer = server.open()
      reader = server.open()
    }, 240_000)
    beforeEach(async () => {
      topic = `drill.${randomUUID()}`
      await writer.log.ensureTopics([topic])
      reading = new Reading()
      await reader.log.subscribe({ topics: [topic], readers: 'group', group: topic }, reading.handler)
    }, 60_000)
    afterAll(async () => {
      await Promise.all([writer?.log.close(), reader?.log.close()])
      await server?.close()
    }, 120_000)

    test('is killed under load, twice: nothing acknowledged is lost, and readers and writers come back', async () => {
      const load = new Load(writer.log, topic)
      for (let round = 0; round < 2; round++) {
        await sleep(1_500)
        await server.kill()
        await sleep(1_000)
        await server.start()
      }
      await sleep(3_000)
      const acknowledged = await load.stop()
      await reading.has(acknowledged, 90_000)
      assertOrder(reading.records)
      expect(acknowledged.length).toBeGreaterThan(500)
      expect(load.slowestMs).toBeLessThan(7_000)
    }, 240_000)

    test('is frozen: publishes are rejected in time, memory stays bounded, and all goes on after the thaw', async () => {
      await writer.log.publish(topic, [{ key: 'a', value: 'a:0' }])
      await reading.has(['a:0'])
      server.freeze()
      const began = Date.now()
      const flood = Array.from({ length: 200 }, () =>
        writer.log.publish(topic, [{ key: 'b', value: Buffer.alloc(1_000_000) }]),
      )
      const results = await Promise.allSettled(flood)
      expect(Date.now() - began).toBeLessThan(7_000)
      expect(results.every(({ status }) => status === 'rejected')).toBe(true)
      const whys = results.map(result =>
        result.status === 'rejected' ? (result.reason as PublishFailedError).why : '',
      )
      expect(whys.filter(why => why === 'backed-up').length).toBeGreaterThan(100)
      server.thaw()
      const deadline = Date.now() + 30_000
      let n = 1
      for (; Date.now() < deadline; n++) {
        const published = writer.log.publish(topic, [{ key: 'a', value: `a:${n}` }])
        if (
          await published.then(
            () => true,
            () => false,
          )
        )
          break
      }
      await reading.has([`a:${n}`], 60_000)
    }, 180_000)

    test('is frozen: who reads and writes can still end within the time that a process has', async () => {
      const ending = server.open()
      await ending.log.subscribe({ topics: [topic], readers: 'group', group: `${topic}.ending` }, reading.handler)
      await ending.log.publish(topic, [{ key: 'c', value: 'c:0' }])
      await reading.has(['c:0'])
      server.freeze()
      const began = Date.now()
      const last = ending.log.publish(topic, [{ key: 'c', value: 'c:1' }]).catch(() => undefined)
      await ending.log.close()
      await last
      expect(Date.now() - began).toBeLessThan(25_000)
      server.thaw()
    }, 120_000)
  })
}

/** Callers that publish one record after the other, each under its own key, and go on after a rejection. */
class Load {
  private stopped = false
  private readonly acknowledged: string[] = []
  private readonly callers: Promise<void>[]
  slowestMs = 0

  constructor(log: EventLog, topic: string, callers = 16) {
    this.callers = Array.from({ length: callers }, async (_, caller) => {
      for (let n = 0; !this.stopped; n++) await this.publish(log, topic, `key-${caller}`, n)
    })
  }

  async stop(): Promise<string[]> {
    this.stopped = true
    await Promise.all(this.callers)
    return this.acknowledged
  }

  /** Until it is acknowledged, so that no number is left out for good. */
  private async publish(log: EventLog, topic: string, key: string, n: number): Promise<void> {
    const value = `${key}:${n}`
    for (;;) {
      const began = Date.now()
      try {
        await log.publish(topic, [{ key, value }])
        this.acknowledged.push(value)
        await sleep(2)
        return
      } catch {
        await sleep(50)
      } finally {
        this.slowestMs = Math.max(this.slowestMs, Date.now() - began)
      }
    }
  }
}
