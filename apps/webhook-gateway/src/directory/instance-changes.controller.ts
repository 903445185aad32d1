import { Controller, Inject } from '@nestjs/common'
import { EventPattern, Payload } from '@nestjs/microservices'
import type { BatchOutcome, RecordBatch } from '#event-log'
import { LOGGER } from '#platform'
import type { Logger } from '#platform'
import { InstanceDirectory } from './instance-directory.js'

/** The reader of instance changes in every gateway process. */
export const INSTANCE_CHANGES = Symbol('webhook-gateway.instance-changes')

/** Drops cached instances as they change. */
@Controller()
export class InstanceChangesController {
  constructor(
    private readonly directory: InstanceDirectory,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @EventPattern('instances', INSTANCE_CHANGES)
  async changed(@Payload() batch: RecordBatch): Promise<BatchOutcome> {
    for (const record of batch.records) {
      const instanceId = Number(record.key)
      if (Number.isInteger(instanceId)) this.directory.forget(instanceId)
      // Cached copies expire by themselves within seconds, so a record that can't be read isn't worth stopping for.
      else this.log.warn({ topic: record.topic, offset: record.offset }, 'an instance change names no instance')
    }
    return { kind: 'done' }
  }
}
