import { Controller, Inject } from '@nestjs/common'
import { EventPattern, Payload } from '@nestjs/microservices'
import { DISPATCH_GROUP, type BatchOutcome, type RecordBatch, type StoredRecord } from '#event-log'
import { LOGGER, type Logger } from '#platform'
import { Membership } from '../lanes/membership.js'
import { whyOf } from '../why.js'
import { Intake, type Taken } from './intake.js'

const recordsAtOnce = 500
const bytesAtOnce = 8 * 1_048_576

/** Reads the events of all elements. */
@Controller()
export class EventsController {
  constructor(
    private readonly intake: Intake,
    private readonly membership: Membership,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @EventPattern('events', DISPATCH_GROUP)
  async handle(@Payload() batch: RecordBatch): Promise<BatchOutcome> {
    if (this.membership.id === null) return { kind: 'retry', why: 'not entered among the dispatchers, or leaving' }
    const begun = performance.now()
    const taken: Taken = { stored: 0, known: 0, rejected: 0 }
    try {
      for (const records of portions(batch.records)) {
        const { stored, known, rejected } = await this.intake.take(records)
        taken.stored += stored
        taken.known += known
        taken.rejected += rejected
      }
    } catch (error) {
      return { kind: 'retry', why: whyOf(error) }
    }
    this.log.debug({ ...taken, durationMs: performance.now() - begun }, 'records taken')
    return { kind: 'done' }
  }
}

/** Parts of a batch that a statement can hold. */
function* portions(records: readonly StoredRecord[]): Generator<readonly StoredRecord[]> {
  let from = 0
  let bytes = 0
  for (const [index, { value }] of records.entries()) {
    if (index > from && (index - from >= recordsAtOnce || bytes + value.length > bytesAtOnce)) {
      yield records.slice(from, index)
      from = index
      bytes = 0
    }
    bytes += value.length
  }
  if (from < records.length) yield records.slice(from)
}
