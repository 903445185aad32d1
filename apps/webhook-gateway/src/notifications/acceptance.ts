import { Inject, Injectable } from '@nestjs/common'
import { eventsTopic } from '#event-log'
import { encodeEvent } from '#events'
import type { NormalizedEvent } from '#events'
import { SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { DurablePublisher } from '../spool/durable-publisher.js'
import type { Intake } from './intake.js'

/** What is published at once: a body of 1 MiB may go to hundreds of instances. */
const portionBytes = 8 * 1024 * 1024

/** The last step at every door: events are made durable before anyone is told so. */
@Injectable()
export class Acceptance {
  constructor(
    private readonly publisher: DurablePublisher,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Where a part of them can't be made durable, it's unavailable altogether: what is sent again has the same ids. */
  async accept(elementKey: string, events: readonly NormalizedEvent[]): Promise<Intake> {
    const topic = eventsTopic(this.settings.topicPrefix, elementKey)
    let kind: 'accepted' | 'spooled' = 'accepted'
    for (const portion of portionsOf(events)) {
      const rest = await this.publisher.publish(topic, portion.map(encodeEvent))
      if (rest.kind === 'unavailable') return { kind: 'unavailable', detail: rest.why }
      if (rest.kind === 'spooled') kind = 'spooled'
    }
    return { kind, events: events.length }
  }
}

function portionsOf(events: readonly NormalizedEvent[]): NormalizedEvent[][] {
  const portions: NormalizedEvent[][] = []
  let room = 0
  for (const event of events) {
    if (room < event.raw.length || portions.length === 0) {
      portions.push([])
      room = portionBytes
    }
    portions.at(-1)?.push(event)
    room -= event.raw.length
  }
  return portions
}
