import { DatabaseModule } from '#database'
import { DeliveriesModule } from '#deliveries'
import { EventLogModule, SpoolTable } from '#event-log'
import { Instances, InstancesModule } from '#instances'
import { readSettings } from '#platform'
import { Module } from '@nestjs/common'
import { erasureBody, type ErasureBody } from '../erasure/erasure.dto.js'
import { readErasureRequest } from '../erasure/erasure-request.js'
import { ErasureService } from '../erasure/erasure-service.js'
import { Erasing } from '../erasure/erasing.js'
import { Refused } from '../errors/refusal.js'
import { command } from './command.js'
import { flag, instanceId, optional, text } from './options.js'
import { withModule } from './tool-app.js'

@Module({
  imports: [DatabaseModule, EventLogModule, InstancesModule, DeliveriesModule],
  providers: [SpoolTable, Erasing, ErasureService],
})
class EraseModule {}

/** It is waited for; cut off, the API's processes carry it on. */
const patienceMs = 24 * 3_600_000

/** `tributary erase`: what `POST /api/instances/{id}/erasures` does, of any account. */
export const erase = command({
  does: 'erases the events of an instance, or of one of its objects, wherever they are kept, and prints what went',
  options: { instance: instanceId, 'object-type': optional(text), 'object-id': optional(text), json: flag },
  async run({ environment, values, out }) {
    const object = objectOf(values['object-type'], values['object-id'])
    const settings = readSettings({ LOG_LEVEL: 'error', ...environment }, 'tool')
    const body = await withModule(settings, EraseModule, async app => {
      const instance = await app.get(Instances).byId(values.instance)
      if (!instance) throw new Error(`--instance: there is no instance ${values.instance}`)
      return erasureBody(await app.get(ErasureService).begin(instance, object, patienceMs))
    })
    out(values.json ? `${JSON.stringify(body)}\n` : reportText(body))
    if (body.state !== 'done') throw new Error('It was cut off; the instances-api carries it on by itself.')
  },
})

function objectOf(objectType: string | undefined, objectId: string | undefined) {
  if (objectType === undefined && objectId === undefined) return null
  try {
    return readErasureRequest({ objectType, objectId })
  } catch (error) {
    throw error instanceof Refused && error.refusal.kind === 'invalid'
      ? new Error(optionFaults(error.refusal.faults))
      : error
  }
}

function optionFaults(faults: readonly string[]): string {
  return faults
    .map(fault => fault.replace(/^objectType/, '--object-type').replace(/^objectId/, '--object-id'))
    .join('\n')
}

function reportText({ instanceId, objectType, objectId, erasedAt, removed, kafka }: ErasureBody): string {
  const what = objectType === null ? 'all events' : `the events of ${objectType} ${objectId}`
  const lines = Object.entries(removed).map(([name, count]) => `  ${count} ${name}`)
  const rest = kafka
    ? [kafka.heldUntil ? `Kafka may hold its records until ${kafka.heldUntil.toISOString()}.` : `Kafka: ${kafka.note}.`]
    : []
  return `Of instance ${instanceId}, ${what} until ${erasedAt.toISOString()} are erased:\n${[...lines, ...rest].join('\n')}\n`
}
