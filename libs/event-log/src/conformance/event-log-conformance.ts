/// <reference types="jest" />
import { randomUUID } from 'node:crypto'
import { RecordTooLargeError, UnknownTopicError } from '../errors.js'
import type { EventLog, LogRecord } from '../event-log.js'
import { PARTITIONS } from '../topics.js'
import type { EngineUnderTest, Opened } from './engine-under-test.js'
import { nestConformance } from './nest-conformance.js'
import { assertOrder, done, numbered, Reading, sleep, until } from './reading.js'

/** What every engine of the event log promises. */
export function eventLogConformance(name: string, makeEngine: () => Promise<EngineUnderTest>): void {
  describe(`the event log on ${name}`, () => {
    let engine: EngineUnderTest
    const opened: Opened[] = []
    let log: EventLog
    let topic: string
    let group: string

    const open = (): Opened => {
      const one = engine.open()
      opened.push(one)
      return one
    }
    const publish = (values: readonly string[], on = log): Promise<void> => on.publish(topic, keyed(values))

    beforeAll(async () => {
      engine = await makeEngine()
    }, 180_000)
    beforeEach(async () => {
      topic = `test.${randomUUID()}`
      group = `group-${randomUUID()}`
      log = open().log
      await log.ensureTopics([topic])
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(one => one.log.close()))
    }, 60_000)
    afterAll(() => engine?.close())

    describe('publishing', () => {
      test('keys, values, headers and times come back as they were put in', async () => {
        const bytes = Buffer.from([0, 1, 2, 253, 254, 255])
        const before = Date.now()
        await log.publish(topic, [
          {
            key: '1:contacts:ü\u0000"\\',
            value: bytes,
            headers: { ce_id: 'a', 'content-type': 'application/json', odd: 'é"\\\n' },
          },
        ])
        await log.publish(topic, [{ key: '', value: '' }])
        const reading = new Reading()
        await log.subscribe({ topics: [topic], readers: 'group', group }, reading.handler)
        await until(
          () => reading.records.length === 2,
          () => `${reading.records.length} records were read`,
        )
        const record = reading.records.find(({ key }) => key !== '')
        expect(record).toMatchObject({
          topic,
          key: '1:contacts:ü\u0000"\\',
          headers: { ce_id: 'a', 'content-type': 'application/json', odd: 'é"\\\n' },
          offset: '0',
        })
        expect(record?.value.equals(bytes)).toBe(true)
        expect(record?.timestamp).toBeGreaterThan(before - 5_000)
        expect(record?.timestamp).toBeLessThan(Date.now() + 5_000)
        expect(reading.records.find(({ key }) => key === '')).toMatchObject({ headers: {}, value: Buffer.alloc(0) })
      })

      test('a record that was accepted earlier keeps its time, to the millisecond', async () => {
        const accepted = Date.now() - 60_000
        await log.publish(topic, [
          { key: 'a', value: 'earlier', timestamp: accepted + 0.123 },
          { key: 'a', value: 'later', timestamp: accepted + 1.456 },
          { key: 'a', value: 'now' },
        ])
        const reading = new Reading()
        await log.subscribe({ topics: [topic], readers: 'group', group }, reading.handler)
        await reading.has(['earlier', 'later', 'now'])
        const [earlier, later] = reading.records
        expect([earlier, later].map(record => Math.floor(record?.timestamp ?? 0) - accepted)).toEqual([0, 1])
      })

      test('a notification of 1 MiB, and 150 records of 50 kB in one publish, go through', async () => {
        const large = 'x'.repeat(1024 * 1024 + 20_000)
        const many = Array.from({ length: 150 }, (_, i) => ({ key: `key-${i}`, value: `${i}:${'y'.repeat(50_000)}` }))
        await Promise.all([log.publish(topic, [{ key: 'large', value: large }]), log.publish(topic, many)])
        const reading = new Reading()
        await log.subscribe({ topics: [topic], readers: 'group', group }, reading.handler)
        await reading.has([large, ...many.map(({ value }) => value)])
      })

      test('what no engine takes is refused at once, and nothing else with it', async () => {
        const tooLarge = log.publish(topic, [{ key: 'a', value: Buffer.alloc(5 * 1024 * 1024) }])
        await Promise.all([publish(['fine']), expect(tooLarge).rejects.toThrow(RecordTooLargeError)])
      })

      test('what no engine can write down is refused at once, with the reason, and nothing else with it', async () => {
        const broken: [Partial<LogRecord>, string][] = [
          [{ timestamp: NaN }, 'the timestamp NaN'],
          [{ timestamp: -1 }, 'the timestamp -1'],
          [{ timestamp: 1e300 }, 'the timestamp 1e+300'],
          [{ headers: { ce_id: undefined } as unknown as Record<string, string> }, 'a header ce_id that is no text'],
          [{ value: undefined }, 'a value that is neither'],
          [{ key: 7 as unknown as string }, 'a key that is no text: 7'],
        ]
        const begun = performance.now()
        await Promise.all([
          publish(['fine']),
          ...broken.map(([member, why]) =>
            expect(log.publish(topic, [{ key: 'a', value: 'b', ...member }])).rejects.toMatchObject({
              name: 'PublishFailedError',
              why: 'refused',
              message: expect.stringContaining(why) as unknown,
            }),
          ),
        ])
        // A publish is given up after 5 s.
        expect(performance.now() - begun).toBeLessThan(4_000)
      })

      test('a publish to a topic that is not there is rejected', async () => {
        await expect(log.publish(`${topic}.missing`, keyed(['lost']))).rejects.toThrow(UnknownTopicError)
      })

      test('a topic has its partitions, is found, and making it again does no harm', async () => {
        await log.ensureTopics([topic, `${topic}.other`])
        await log.ensureTopics([topic, `${topic}.other`])
        await log.probe([topic, `${topic}.other`])
        await expect(log.probe([topic, `${topic}.missing`])).rejects.toThrow(UnknownTopicError)
        await publish(numbered(300))
        const reading = new Reading()
        await log.subscribe({ topics: [topic], readers: 'group', group }, reading.handler)
        await reading.has(numbered(300))
        expect(new Set(reading.records.map(({ partition }) => partition)).size).toBe(PARTITIONS)
      })

      test('records of a key stay in order, and none is passed over, with several processes publishing at once', async () => {
        const reading = new Reading()
        await open().log.subscribe({ topics: [topic], readers: 'group', group, maxRecords: 50 }, reading.handler)
        const values: string[] = []
        const callers = [log, log, open().log, open().log].flatMap((on, process) =>
          numbered(5, `key-${process}`).map(async key => {
            for (let i = 0; i < 60; i++) {
              values.push(`${key}:${i}`)
              const published = on.publish(topic, [{ key, value: `${key}:${i}` }])
              // Some callers don't wait, and still rely on the order.
              if (i % 3 === 0) await published
            }
          }),
        )
        await Promise.all(callers)
        await reading.has(values)
        assertOrder(reading.records)
      })
    })

    describe('reading', () => {
      test('a new group starts at the earliest record, and each group reads everything', async () => {
        await publish(numbered(100))
        for (const one of [group, `${group}-replay`]) {
          const reading = new Reading()
          await log.subscribe({ topics: [topic], readers: 'group', group: one }, reading.handler)
          await reading.has(numbered(100))
          expect(reading.records).toHaveLength(100)
        }
      })

      test('a group goes on from where it was, and closing finishes the batch under way', async () => {
        await publish(numbered(50, 'first'))
        const slow = new Reading(async () => {
          await sleep(300)
          return done
        })
        const subscription = await log.subscribe({ topics: [topic], readers: 'group', group }, slow.handler)
        await until(
          () => slow.batches > 0,
          () => 'no batch came',
        )
        await subscription.close()
        const before = slow.values
        expect(subscription.idleMs()).toBeLessThan(5_000)
        await publish(numbered(50, 'second'))
        const next = new Reading()
        await open().log.subscribe({ topics: [topic], readers: 'group', group }, next.handler)
        await next.has(numbered(50, 'second'))
        await sleep(300)
        expect([...before, ...next.values].sort()).toEqual([...numbered(50, 'first'), ...numbered(50, 'second')].sort())
      })

      test('after a crash in the middle of a batch another member gets what was not done', async () => {
        await publish(numbered(20, 'done'))
        const dying = open()
        let over!: () => void
        const dead = new Promise<void>(resolve => (over = resolve))
        const crashing = new Reading(batch => (batch.records.some(holds('undone')) ? dead : Promise.resolve(done)))
        await dying.log.subscribe({ topics: [topic], readers: 'group', group }, crashing.handler)
        await crashing.has(numbered(20, 'done'))
        // Time for the commit.
        await sleep(1_000)
        await publish(numbered(20, 'undone'))
        await until(
          () => crashing.records.some(holds('undone')),
          () => 'the second batch did not come',
        )
        dying.crash()
        const next = new Reading()
        await log.subscribe({ topics: [topic], readers: 'group', group }, next.handler)
        await next.has(numbered(20, 'undone'), 40_000)
        expect(next.values.some(is('done'))).toBe(false)
        over()
      }, 60_000)

      test.each<[string, () => Promise<unknown>]>([
        ['throws', () => Promise.reject(new Error('not now'))],
        ['asks for a retry', async () => ({ kind: 'retry', why: 'not now' })],
        ['returns nothing', async () => undefined],
        ['returns something else', async () => ({ kind: 'finished' })],
      ])('a handler that %s gets the same records again, in order, and none is skipped', async (_, fail) => {
        const values = Array.from({ length: 120 }, (_, i) => `key-${i % 10}:${Math.floor(i / 10)}`)
        await log.publish(
          topic,
          values.map(value => ({ key: value.split(':')[0] ?? '', value })),
        )
        const given: string[][] = []
        const reading = new Reading(async ({ records }, nth) => {
          given.push(records.map(({ value }) => value.toString()))
          return nth % 3 === 0 ? done : fail()
        })
        const subscription = await log.subscribe(
          { topics: [topic], readers: 'group', group, maxRecords: 40 },
          reading.handler,
        )
        await reading.has(values)
        await subscription.close()
        expect(new Set(given[1])).toEqual(new Set([...(given[0] ?? []), ...(given[1] ?? [])]))
        assertOrder(reading.records)
      })

      test('no more than maxRecords at once', async () => {
        await publish(numbered(500))
        let most = 0
        const reading = new Reading(async ({ records }) => {
          most = Math.max(most, records.length)
          return done
        })
        await log.subscribe({ topics: [topic], readers: 'group', group, maxRecords: 64 }, reading.handler)
        await reading.has(numbered(500))
        expect(most).toBeLessThanOrEqual(64)
      })

      test('a handler that takes long keeps its partitions', async () => {
        const slow = new Reading(async (batch, nth) => {
          if (nth === 1) await sleep(9_000)
          expect(batch.isStale()).toBe(false)
          return done
        })
        await publish(numbered(10))
        await log.subscribe({ topics: [topic], readers: 'group', group }, slow.handler)
        await slow.has(numbered(10))
        await publish(numbered(10, 'later'))
        await slow.has(numbered(10, 'later'))
        expect(slow.records).toHaveLength(20)
      }, 60_000)

      test('two members share the partitions, and take over from each other', async () => {
        const readings = [new Reading(), new Reading()] as const
        const first = await log.subscribe({ topics: [topic], readers: 'group', group }, readings[0].handler)
        await open().log.subscribe({ topics: [topic], readers: 'group', group }, readings[1].handler)
        const bothRead = (): boolean => readings.every(({ records }) => records.length > 0)
        for (let round = 0; round < 60 && !bothRead(); round++) {
          await publish(numbered(24, `round-${round}`))
          await sleep(250)
        }
        expect(readings.map(({ records }) => records.length > 0)).toEqual([true, true])
        await publish(numbered(240, 'shared'))
        await until(
          () => new Set(all(readings).filter(is('shared'))).size === 240,
          () => 'not all were read',
        )
        for (const { records } of readings) expect(records.some(holds('shared'))).toBe(true)
        await first.close()
        await publish(numbered(240, 'alone'))
        await readings[1].has(numbered(240, 'alone'), 30_000)
      }, 90_000)

      test('readers of every process each get everything from now on, retries included', async () => {
        await publish(numbered(10, 'before'))
        const readings = [new Reading(), new Reading(async (_, nth) => (nth === 1 ? undefined : done))]
        await log.subscribe({ topics: [topic], readers: 'every-process' }, readings[0]!.handler)
        await open().log.subscribe({ topics: [topic], readers: 'every-process' }, readings[1]!.handler)
        await publish(numbered(50, 'after'))
        for (const reading of readings) {
          await reading.has(numbered(50, 'after'))
          expect(reading.values.some(is('before'))).toBe(false)
        }
      })
    })

    nestConformance(() => ({ log: open().log, topic, group }))
  })
}

function keyed(values: readonly string[]): LogRecord[] {
  return values.map(value => ({ key: value, value }))
}

function all(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ values }) => values)
}

const is =
  (name: string) =>
  (value: string): boolean =>
    value.startsWith(`${name}-`)

const holds =
  (name: string) =>
  ({ value }: { value: Buffer }): boolean =>
    is(name)(value.toString())
