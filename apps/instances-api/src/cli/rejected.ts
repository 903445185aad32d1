import { DatabaseModule } from '#database'
import { DeliveriesModule, Partitions, RejectedRecords } from '#deliveries'
import { encodeEvent } from '#events'
import { EVENT_LOG, EventLogModule, SpoolTable, type EventLog } from '#event-log'
import { readSettings } from '#platform'
import { Module, type INestApplicationContext } from '@nestjs/common'
import { command, type Environment } from './command.js'
import { flag, optional, rejectedId } from './options.js'
import { withModule } from './tool-app.js'

@Module({ imports: [DatabaseModule, EventLogModule, DeliveriesModule], providers: [SpoolTable] })
class RejectedModule {}

const listed = 1_000

/** What was put aside: `record-…` by a dispatcher, since it can't be stored; `spool-…` by a gateway, since the log refused it. */
interface PutAside {
  id: string
  topic: string
  key: string
  bytes: number
  error: string
  at: Date
}

/** `tributary rejected list`: what dispatchers and gateways have put aside, without what is in it. */
export const listRejected = command({
  does: 'prints records that could not be stored or published, and why; the oldest 1000 of each',
  options: { json: flag },
  async run({ environment, values: { json }, out }) {
    const entries = await withRejected(environment, async app => {
      const records = await app.get(RejectedRecords).list(listed)
      const spooled = await app.get(SpoolTable).refused(listed)
      return [
        ...records.map(({ id, rejectedAt, ...rest }): PutAside => ({ id: `record-${id}`, ...rest, at: rejectedAt })),
        ...spooled.map(({ id, refusedAt, ...rest }): PutAside => ({ id: `spool-${id}`, ...rest, at: refusedAt })),
      ]
    })
    out(json ? `${JSON.stringify(entries)}\n` : entries.map(lineOf).join(''))
  },
})

/** `tributary rejected retry`: what can be stored by now goes back to the log; the rest stays, with its newest error. */
export const retryRejected = command({
  does: 'sends back to the event log what can be stored by now, or --id alone; the rest stays where it is',
  options: { id: optional(rejectedId), json: flag },
  async run({ environment, values: { id, json }, out }) {
    const outcome = await withRejected(environment, async app => ({
      ...(id?.from === 'spool' ? { stored: 0, kept: 0 } : await retryRecords(app, id?.id ?? null)),
      ...{ spooled: id?.from === 'record' ? 0 : await app.get(SpoolTable).retry(id?.id ?? null) },
    }))
    const { stored, kept, spooled } = outcome
    if (id && stored + kept + spooled === 0) throw new Error(`--id: there is no ${id.from}-${id.id}`)
    out(
      json
        ? `${JSON.stringify(outcome)}\n`
        : `${stored} records are on their way again, ${kept} still can't be stored; ${spooled} wait in the spool again.\n`,
    )
  },
})

async function retryRecords(
  app: INestApplicationContext,
  only: string | null,
): Promise<{ stored: number; kept: number }> {
  const [rejected, log] = [app.get(RejectedRecords), app.get<EventLog>(EVENT_LOG)]
  await app.get(Partitions).ensure(new Date())
  const outcome = { stored: 0, kept: 0 }
  for (let after = '0'; ;) {
    const ids = only === null ? (await rejected.list(listed, after)).map(({ id }) => id) : [only]
    for (const id of ids) {
      const found = await rejected.examine(id)
      if (found.kind === 'not-storable') outcome.kept++
      if (found.kind !== 'storable') continue
      // With the time it came, so that what was erased since then stays so.
      await log.publish(found.topic, [{ ...encodeEvent(found.event), timestamp: found.rejectedAt.getTime() }])
      await rejected.remove(id)
      outcome.stored++
    }
    if (only !== null || ids.length < listed) return outcome
    after = ids.at(-1) ?? after
  }
}

function withRejected<Result>(
  environment: Environment,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  return withModule(readSettings({ LOG_LEVEL: 'error', ...environment }, 'tool'), RejectedModule, work)
}

function lineOf({ id, topic, key, bytes, error, at }: PutAside): string {
  // Keys and errors hold what strangers wrote.
  const shown = (text: string) => JSON.stringify(text.slice(0, 300))
  return `${id} ${at.toISOString()} ${topic} ${shown(key)} ${bytes} bytes: ${shown(error)}\n`
}
