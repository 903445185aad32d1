import { Inject, Injectable } from '@nestjs/common'
import type { Connector, WebhookReading } from '#connectors'
import { encodeEvent } from '#events'
import { eventsTopic } from '#event-log'
import { Connectors } from '#connectors'
import type { Instance } from '#instances'
import { SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { InstanceDirectory } from '../directory/instance-directory.js'
import { DurablePublisher } from '../spool/durable-publisher.js'
import { addressOf } from './address.js'
import type { DoorRequest, Intake } from './intake.js'
import { bodyReader } from './body.js'

type Notification = Extract<WebhookReading, { kind: 'notification' }>

/** What happens at the vendors' door, in its order: find, verify, read, route, normalize, make durable. */
@Injectable()
export class Reception {
  constructor(
    private readonly directory: InstanceDirectory,
    private readonly connectors: Connectors,
    private readonly publisher: DurablePublisher,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Resolves with what became of the request; rejects only for what is our own fault. */
  async receive(request: DoorRequest): Promise<Intake> {
    if (!['HEAD', 'GET', 'POST'].includes(request.method)) {
      return refused('method-not-allowed', `${request.method} isn't served here. Expected HEAD, GET or POST.`)
    }
    const address = addressOf(request.segment)
    const connector = this.connectors.get(request.elementKey)
    if (!address || !connector) return unknown(request)
    const found = await this.look(request.elementKey, address)
    switch (found.kind) {
      case 'unavailable':
        return found
      case 'unknown':
        return unknown(request)
      case 'deleted':
        return { kind: 'ignored', why: 'deleted-instance' }
      case 'instance':
        // Vendors probe a URL before they use it (Intercom: HEAD, unsigned, when it is saved).
        if (request.method !== 'POST') return { kind: 'handshake', body: '' }
        return this.admit(request, connector, found.instance, address.kind === 'door-key')
    }
  }

  private async look(elementKey: string, address: NonNullable<ReturnType<typeof addressOf>>) {
    try {
      return await this.directory.find(elementKey, address)
    } catch {
      return { kind: 'unavailable', detail: 'The database does not answer. Send it again later.' } as const
    }
  }

  private async admit(
    request: DoorRequest,
    connector: Connector,
    instance: Instance,
    byDoorKey: boolean,
  ): Promise<Intake> {
    const { rawBody, headers } = request
    const read = bodyReader(headers['content-type'], connector.webhookContentTypes)
    if (!read) {
      const expected = ['application/json', ...connector.webhookContentTypes].join(' or ')
      return refused('unsupported-media-type', `content-type: ${String(headers['content-type'])}: expected ${expected}`)
    }
    if (connector.verifiesBy(instance.configuration)) {
      const verified = connector.verify({ rawBody, headers, configuration: instance.configuration })
      if (!verified) return refused('bad-signature', 'The signature is missing or does not match the body.')
    } else if (!byDoorKey) return unknown(request)

    const body = read(rawBody)
    if (body.kind === 'unreadable') return refused('unreadable', body.detail)
    const reading = connector.read(body.value, headers)
    switch (reading.kind) {
      case 'handshake':
        return { kind: 'handshake', body: reading.body }
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
    const owners = await this.ownersOf(instance, reading.workspace)
    if (owners.kind !== 'owners') return owners
    const events = owners.instances.flatMap(owner => connector.normalize(reading, owner, rawText))
    if (events.length === 0) return { kind: 'accepted', events: 0 }
    const topic = eventsTopic(this.settings.topicPrefix, instance.elementKey)
    const rest = await this.publisher.publish(topic, events.map(encodeEvent))
    switch (rest.kind) {
      case 'published':
        return { kind: 'accepted', events: events.length }
      case 'spooled':
        return { kind: 'spooled', events: events.length }
      case 'unavailable':
        return { kind: 'unavailable', detail: rest.why }
    }
  }

  /** One vendor app has one URL for all workspaces that installed it: each gets its own notifications only. */
  private async ownersOf(instance: Instance, workspace: string | null) {
    const own = instance.identity.workspace
    if (!workspace || !own || workspace === own) return { kind: 'owners', instances: [instance] } as const
    try {
      const instances = await this.directory.routed(instance, workspace)
      if (instances.length > 0) return { kind: 'owners', instances } as const
      return { kind: 'ignored', why: 'foreign-workspace' } as const
    } catch {
      return { kind: 'unavailable', detail: 'The database does not answer. Send it again later.' } as const
    }
  }
}

function refused(why: Extract<Intake, { kind: 'refused' }>['why'], detail: string): Intake {
  return { kind: 'refused', why, detail }
}

function unknown(request: DoorRequest): Intake {
  return refused('unknown-instance', `No instance of "${request.elementKey}" has this webhook URL.`)
}
