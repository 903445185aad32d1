/// <reference types="jest" />
import { Controller, Inject, type Provider, type Type } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { EventPattern, Payload } from '@nestjs/microservices'
import { throwError } from 'rxjs'
import type { BatchOutcome, EventLog, RecordBatch } from '../event-log.js'
import { EventLogStrategy } from '../nest/event-log.strategy.js'
import { done, numbered, Reading, until } from './reading.js'

const READERS = Symbol('READERS')
const OTHERS = Symbol('OTHERS')
const READING = Symbol('READING')

/** The same promises through Nest's own wiring, which turns a throw into a resolved Observable that errs. */
export function nestConformance(given: () => { log: EventLog; topic: string; group: string }): void {
  describe('through Nest', () => {
    test('a handler that throws, or returns anything but a finished outcome, gets the batch again', async () => {
      const { log, topic, group } = given()
      const answers: (() => unknown)[] = [
        () => {
          throw new Error('thrown')
        },
        () => Promise.reject(new Error('rejected')),
        () => throwError(() => new Error('an Observable that errs')),
        () => undefined,
        () => ({ kind: 'retry', why: 'not yet' }),
        () => 'done',
      ]
      const reading = new Reading(async (_, nth) => (answers[nth - 1] ?? ((): BatchOutcome => done))())
      const app = await appWith(EventsController, reading, log, { events: [topic] }, group)
      await log.publish(
        topic,
        numbered(10).map(value => ({ key: 'same', value })),
      )
      // Every failure is another delivery of the same records, then they are done for good.
      await until(
        () => reading.batches > answers.length,
        () => `only ${reading.batches} deliveries`,
      )
      await log.publish(topic, [{ key: 'same', value: 'the-next' }])
      await reading.has(['the-next'], 30_000)
      await app.close()
      expect(reading.values.filter(value => value === 'record-0')).toHaveLength(answers.length + 1)
      expect(reading.values.filter(value => value === 'the-next')).toHaveLength(1)
      expect(reading.values.slice(-11, -1)).toEqual(numbered(10))
    }, 60_000)

    test('only the handlers of its own group are carried, and an unknown pattern is refused', async () => {
      const { log, topic, group } = given()
      const reading = new Reading()
      await expect(appWith(EventsController, reading, log, { changes: [topic] }, group)).rejects.toThrow(
        `@EventPattern('events'): no topics are known under that name, only under changes`,
      )
      await expect(appWith(OthersController, reading, log, { events: [topic] }, group)).rejects.toThrow('no handler')
      await expect(appWith(TwiceController, reading, log, { events: [topic] }, group)).rejects.toThrow('two handlers')
    })
  })
}

async function appWith(
  controller: Type,
  reading: Reading,
  log: EventLog,
  topics: Record<string, string[]>,
  group: string,
): Promise<{ close(): Promise<void> }> {
  const providers: Provider[] = [{ provide: READING, useValue: reading }]
  const built = await Test.createTestingModule({ controllers: [controller], providers }).compile()
  const strategy = new EventLogStrategy({ log, transportId: READERS, topics, readers: 'group', group })
  const app = built.createNestMicroservice({ strategy, logger: false })
  await app.listen()
  return app
}

@Controller()
class EventsController {
  constructor(@Inject(READING) private readonly reading: Reading) {}

  @EventPattern('events', READERS)
  handle(@Payload() batch: RecordBatch): Promise<BatchOutcome> {
    return this.reading.handler(batch)
  }

  @EventPattern('others', OTHERS)
  other(_batch: RecordBatch): void {}
}

@Controller()
class OthersController {
  @EventPattern('events', OTHERS)
  handle(_batch: RecordBatch): void {}
}

@Controller()
class TwiceController {
  @EventPattern('events', READERS)
  handle(_batch: RecordBatch): BatchOutcome {
    return done
  }

  @EventPattern('events', READERS)
  handleToo(_batch: RecordBatch): BatchOutcome {
    return done
  }
}
