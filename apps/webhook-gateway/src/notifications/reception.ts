import { Injectable } from '@nestjs/common'
import { Connectors } from '#connectors'
import type { Connector, WebhookReading } from '#connectors'
import type { Instance } from '#instances'
import { InstanceDirectory } from '../directory/instance-directory.js'
import { Injection } from '../injection/injection.js'
import { Acceptance } from './acceptance.js'
import { addressOf } from './address.js'
import { doorOf } from './door.js'
import { databaseSilent, probed, refused } from './intake.js'
import type { DoorRequest, Intake } from './intake.js'
import { messageIn } from './message.js'
import type { Message } from './message.js'
import { monitoredEvents } from './monitored.js'
import { Unaddressed } from './unaddressed.js'

type Notification = Extract<WebhookReading, { kind: 'notification' }>

/** What happens at the vendors' door, in its order: find, verify, read, route, normalize, make durable. */
@Injectable()
export class Reception {
  constructor(
    private readonly directory: InstanceDirectory,
    private readonly connectors: Connectors,
    private readonly acceptance: Acceptance,
    private readonly unaddressed: Unaddressed,
    private readonly injection: Injection,
  ) {}

  /** Resolves with what became of the request; rejects only for what is our own fault. */
  async receive(request: DoorRequest): Promise<Intake> {
    if (!['HEAD', 'GET', 'POST'].includes(request.method)) {
      return refused('method-not-allowed', `${request.method} isn't served here. Expected HEAD, GET or POST.`)
    }
    const door = doorOf(request.elementKey, this.connectors)
    if (door.kind === 'none') return unknown(request)
    if (door.kind === 'injection') return this.injection.receive(request, door.connector)
    return request.segment === null
      ? this.unaddressed.receive(request, door.connector)
      : this.addressed(request, request.segment, door.connector)
  }

  private async addressed(request: DoorRequest, segment: string, connector: Connector): Promise<Intake> {
    const address = addressOf(segment)
    if (!address) return unknown(request)
    const found = await this.directory.find(connector.key, address).catch(databaseSilent)
    switch (found.kind) {
      case 'unavailable':
        return found
      case 'unknown':
        return unknown(request)
      case 'deleted':
        return { kind: 'ignored', why: 'deleted-instance' }
      case 'instance': {
        const message = messageIn(request, connector)
        if (message.kind === 'probe') return probed
        if (message.kind === 'refused') return message
        return this.admit(request, message, connector, found.instance, address.kind === 'door-key')
      }
    }
  }

  private async admit(
    request: DoorRequest,
    message: Message,
    connector: Connector,
    instance: Instance,
    byDoorKey: boolean,
  ): Promise<Intake> {
    const { headers } = request
    const { configuration } = instance
    if (connector.verifiesBy(configuration)) {
      const verified = connector.verify({ rawBody: message.signed, headers, configuration })
      if (!verified) return refused('bad-signature', 'The signature is missing or does not match the body.')
    } else if (!byDoorKey) return unknown(request)

    const body = message.read()
    if (body.kind === 'unreadable') return refused('unreadable', body.detail)
    const reading = connector.read(body.value, headers)
    switch (reading.kind) {
      case 'handshake':
        return reading
      case 'unreadable':
        return refused('unreadable', reading.why)
      case 'notification':
        return this.accept(connector, instance, reading, body.text)
    }
  }

  private async accept(
    connector: Connector,
    instance: Instance,
    reading: Notification,
    rawText: string,
  ): Promise<Intake> {
    const owners = await this.ownersOf(instance, reading.workspace).catch(databaseSilent)
    if (owners.kind !== 'owners') return owners
    const events = monitoredEvents(connector, reading, owners.instances, rawText)
    if (events.length === 0) return { kind: 'ignored', why: 'unmonitored-object' }
    return this.acceptance.accept(connector.key, events)
  }

  /** One vendor app has one URL for all workspaces that installed it: each gets its own notifications only. */
  private async ownersOf(instance: Instance, workspace: string | null) {
    const own = instance.identity.workspace
    if (!workspace || !own || workspace === own) return { kind: 'owners', instances: [instance] } as const
    const instances = await this.directory.routed(instance, workspace)
    if (instances.length > 0) return { kind: 'owners', instances } as const
    return { kind: 'ignored', why: 'foreign-workspace' } as const
  }
}

function unknown(request: DoorRequest): Intake {
  return refused('unknown-instance', `No instance of "${request.elementKey}" has this webhook URL.`)
}
