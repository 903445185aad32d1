import { Inject, Injectable } from '@nestjs/common'
import type { Connector } from '#connectors'
import type { Instance } from '#instances'
import { LOGGER } from '#platform'
import type { Logger } from '#platform'
import { InstanceDirectory } from '../directory/instance-directory.js'
import { Acceptance } from './acceptance.js'
import { addressOf } from './address.js'
import { databaseSilent, probed, refused } from './intake.js'
import type { DoorRequest, Intake } from './intake.js'
import { messageIn } from './message.js'
import { monitoredEvents } from './monitored.js'

/** A notification goes to this many instances at most, accounts taking turns. */
const mostInstances = 500
/** Whoever sends nonsense costs this many signatures at most. */
const mostSecrets = 100
const mostNamed = 100

/**
 * URLs without an id: the instances are those that a header names, or that the notification fits. To be found proves
 * nothing; each gets the notification only if it verifies by its own key, and one without a key never does.
 */
@Injectable()
export class Unaddressed {
  constructor(
    private readonly directory: InstanceDirectory,
    private readonly acceptance: Acceptance,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async receive(request: DoorRequest, connector: Connector): Promise<Intake> {
    const message = messageIn(request, connector)
    if (message.kind === 'probe') return probed
    if (message.kind === 'refused') return message
    const named = namedIn(request.headers['element-instances'])
    if (named.kind === 'unreadable') return refused('unreadable', named.detail)
    const body = message.read()
    if (body.kind === 'unreadable') return refused('unreadable', body.detail)
    const candidates = await this.candidates(connector, named.ids, body.value, request.headers)
    if (!candidates) return databaseSilent()
    if (candidates.length === 0) return unknown(connector)

    const signed = { rawBody: message.signed, headers: request.headers }
    const verified = connector.verifiedBy(candidates, signed, mostSecrets)
    if (verified.length === 0) return refused('bad-signature', 'The signature is missing or does not match the body.')
    return this.accept(connector, verified, { value: body.value, text: body.text }, request.headers)
  }

  /** Null: the database doesn't answer. */
  private async candidates(
    connector: Connector,
    ids: readonly number[] | null,
    body: unknown,
    headers: DoorRequest['headers'],
  ): Promise<Instance[] | null> {
    try {
      if (ids) return await this.directory.named(connector.key, ids)
      const workspace = connector.workspaceIn(body, headers)
      const found = await this.directory.matching({ elementKey: connector.key, body, workspace }, mostInstances + 1)
      if (found.length > mostInstances)
        this.log.warn(
          { elementKey: connector.key, mostInstances },
          'a notification fits more instances than it can go to',
        )
      return found.slice(0, mostInstances)
    } catch (error) {
      this.log.warn({ err: error }, 'instances could not be looked for')
      return null
    }
  }

  private async accept(
    connector: Connector,
    verified: readonly Instance[],
    body: { value: unknown; text: string },
    headers: DoorRequest['headers'],
  ): Promise<Intake> {
    const reading = connector.read(body.value, headers)
    if (reading.kind === 'handshake') return reading
    if (reading.kind === 'unreadable') return refused('unreadable', reading.why)
    const present = verified.filter(instance => !instance.deletedAt)
    if (present.length === 0) return { kind: 'ignored', why: 'deleted-instance' }
    const owners = present.filter(({ identity }) => isOf(reading.workspace, identity.workspace))
    if (owners.length === 0) return { kind: 'ignored', why: 'foreign-workspace' }
    const events = monitoredEvents(connector, reading, owners, body.text)
    if (events.length === 0) return { kind: 'ignored', why: 'unmonitored-object' }
    return this.acceptance.accept(connector.key, events)
  }
}

/** An instance whose workspace isn't known takes all. */
function isOf(workspace: string | null, own: string | undefined): boolean {
  return !workspace || !own || workspace === own
}

/** `Element-Instances: 123[,456]`, as Cloud Elements' clients send it. */
function namedIn(
  header: string | string[] | undefined,
): { kind: 'named'; ids: number[] | null } | { kind: 'unreadable'; detail: string } {
  const words = String(header ?? '')
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
  if (words.length === 0) return { kind: 'named', ids: null }
  if (words.length > mostNamed)
    return { kind: 'unreadable', detail: `Element-Instances: ${words.length} ids: expected ${mostNamed} at most` }
  const ids = words.flatMap(word => {
    const address = addressOf(word)
    return address?.kind === 'id' ? [address.instanceId] : []
  })
  return ids.length === words.length
    ? { kind: 'named', ids }
    : { kind: 'unreadable', detail: 'Element-Instances: expected instance ids, separated by commas' }
}

function unknown({ key }: Connector): Intake {
  const ways = 'by the header Element-Instances, event.notification.instance.finder, or the workspace'
  return refused('unknown-instance', `No instance of "${key}" is found ${ways}.`)
}
