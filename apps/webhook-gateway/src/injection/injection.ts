import { randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import type { Connector } from '#connectors'
import { polledEvent } from '#events'
import type { NormalizedEvent } from '#events'
import { Accounts, readAuthorization } from '#instances'
import type { Instance } from '#instances'
import { SETTINGS, within } from '#platform'
import type { Settings } from '#platform'
import { InstanceDirectory } from '../directory/instance-directory.js'
import { Acceptance } from '../notifications/acceptance.js'
import { addressOf } from '../notifications/address.js'
import { bodyReader } from '../notifications/body.js'
import { databaseSilent, probed, refused } from '../notifications/intake.js'
import type { DoorRequest, Intake } from '../notifications/intake.js'
import { readPolledBody } from './polled-body.js'
import type { FedChange } from './polled-body.js'

const mostFaultsShown = 50

/**
 * `…/events/<element key>Polling/<id>`: feeds in what a poll would have found, as if the poller had. It is the caller's
 * own instance that is fed, so the request needs what every call of the API needs.
 */
@Injectable()
export class Injection {
  constructor(
    private readonly accounts: Accounts,
    private readonly directory: InstanceDirectory,
    private readonly acceptance: Acceptance,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async receive(request: DoorRequest, connector: Connector): Promise<Intake> {
    const caller = await this.caller(request.headers.authorization).catch(databaseSilent)
    if (caller.kind !== 'caller') return caller
    const named = namedBy(request)
    if (named.kind !== 'instance-id') return named
    const found = await this.find(connector, named.instanceId, caller.accountId).catch(databaseSilent)
    if (found.kind !== 'instance') return found
    return request.method === 'POST' ? this.feed(request, connector, found.instance) : probed
  }

  private async caller(header: string | undefined | string[]) {
    const expected = 'Authorization: User <secret>, Organization <secret>[, Element <token>]'
    const credentials = typeof header === 'string' ? readAuthorization(header) : null
    if (!credentials) return refused('unauthorized', `The request needs the header ${expected}`)
    const authentication = await within(this.settings.publishDeadlineMs, this.accounts.authenticate(credentials))
    return authentication.kind === 'authenticated'
      ? ({ kind: 'caller', accountId: authentication.principal.accountId } as const)
      : refused('unauthorized', `The ${authentication.part}'s secret is missing or wrong; expected ${expected}`)
  }

  private async find({ key }: Connector, instanceId: number, accountId: number) {
    const found = await this.directory.find(key, { kind: 'id', instanceId })
    return found.kind === 'instance' && found.instance.accountId === accountId
      ? found
      : refused('unknown-instance', `You have no instance ${instanceId} of "${key}".`)
  }

  private async feed(request: DoorRequest, connector: Connector, instance: Instance): Promise<Intake> {
    const type = request.headers['content-type']
    const read = bodyReader(type, [])
    if (!read) return refused('unsupported-media-type', `content-type: ${String(type)}: expected application/json`)
    const body = read(request.rawBody)
    if (body.kind === 'unreadable') return refused('unreadable', body.detail)
    const polled = readPolledBody(body.value, body.text, { instanceId: instance.id, now: Date.now() })
    if (polled.kind === 'faulty') return refused('unreadable', told(polled.faults))
    return this.acceptance.accept(connector.key, eventsOf(polled, connector, instance))
  }
}

/** One run of their own, so that the dispatcher puts them into notifications together. */
function eventsOf(
  { resource, changes }: { resource: string; changes: readonly FedChange[] },
  { definition }: Connector,
  instance: Instance,
): NormalizedEvent[] {
  const runId = `injected-${randomUUID()}`
  return changes.map(change =>
    polledEvent(change, { instance, hubKey: definition.hub, resource, runId, start: change.pollDate }),
  )
}

/** The URL names the instance, or the header `Id` does; where both do, they agree. */
function namedBy({ segment, headers }: DoorRequest) {
  const header = typeof headers.id === 'string' ? headers.id.trim() : ''
  const [inUrl, inHeader] = [segment === null ? null : idOf(segment), header === '' ? null : idOf(header)]
  if (segment !== null && inUrl === null)
    return refused('unknown-instance', 'The end of the URL names no instance; expected its id, in base64 or plain.')
  if (header !== '' && inHeader === null) return refused('unreadable', 'Id: expected an instance id')
  if (inUrl !== null && inHeader !== null && inUrl !== inHeader)
    return refused('unreadable', `Id: ${inHeader}: expected ${inUrl}, as in the URL`)
  const instanceId = inUrl ?? inHeader
  return instanceId === null
    ? refused('unreadable', 'Id: missing: expected an instance id, here or at the end of the URL')
    : ({ kind: 'instance-id', instanceId } as const)
}

function idOf(text: string): number | null {
  const address = addressOf(text)
  return address?.kind === 'id' ? address.instanceId : null
}

function told(faults: readonly string[]): string {
  const rest = faults.length - mostFaultsShown
  return [...faults.slice(0, mostFaultsShown), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
}
