import { Connectors, type Connector, type Failure, type ListRequest, type Page, type VendorRecord } from '#connectors'
import { Instances, VendorSessions, type Instance, type Principal } from '#instances'
import { Injectable } from '@nestjs/common'
import { notFound, Refused } from '../errors/refusal.js'
import { readHubRequest } from './hub-request.js'
import { writePageToken } from './page-token.js'
import { vendorRefusal } from './vendor-refusal.js'
import { withoutNulls } from './without-nulls.js'

/** One record as JSON text, or a list of them, and the instance whose they are. */
export interface HubRecord {
  instanceId: number
  json: string
}

export interface HubPage extends HubRecord {
  count: number
  /** Leads to the page after this one. */
  next: string | null
}

/** Whom a request speaks for, and to. */
interface Line {
  instance: Instance
  connector: Connector
}

// A person may wait for the answer.
const patience = { timeoutMs: 20_000, maxBytes: 32 * 1024 * 1024 }
const pagesWithinMs = 10_000

/** Reads an instance's vendor through the engine that also polls it. Refusals are thrown as `Refused`. */
@Injectable()
export class HubResources {
  constructor(
    private readonly instances: Instances,
    private readonly connectors: Connectors,
    private readonly sessions: VendorSessions,
  ) {}

  /** @param resource `contacts`, or `messages/123/opens` @param search the query string as it came */
  async list(caller: Principal, resource: string, search: string): Promise<HubPage> {
    const line = await this.lineOf(caller, resource)
    const { instance } = line
    const { query, search: begun } = readHubRequest(instance.id, resource, search)
    if (!line.connector.resource(query.resource)) throw unknownResource(query.resource, line.connector)
    const { records, next } = await this.firstWithRecords(line, query)
    const token = { instanceId: instance.id, resource: query.resource, search: begun }
    return {
      instanceId: instance.id,
      json: `[${records.map(({ raw }) => shown(raw, line)).join(',')}]`,
      count: records.length,
      next: next === null ? null : writePageToken({ ...token, cursor: next }),
    }
  }

  async one(caller: Principal, resource: string, id: string): Promise<HubRecord> {
    const line = await this.lineOf(caller, resource)
    const { instance, connector } = line
    if (!connector.resource(resource)) throw unknownResource(resource, connector)
    // They would name another path at the vendor.
    if (id === '.' || id === '..') throw notFound(`${resource}/${id}`)
    const http = this.sessions.http(instance, patience)
    const outcome = await this.sessions.calls(instance).call(session => connector.get(session, resource, id, http))
    if (outcome.kind === 'record') return { instanceId: instance.id, json: shown(outcome.record.raw, line) }
    const { name } = connector.definition
    if (outcome.kind !== 'missing') throw new Refused(vendorRefusal(name, outcome, Date.now()))
    const moved = outcome.movedTo === null ? '' : `; it was merged into ${outcome.movedTo}`
    throw new Refused({
      kind: 'vendor-has-none',
      message: `${name} has no ${resource}/${id}${moved}`,
      providerMessage: outcome.message,
    })
  }

  /** A page may hold nothing and yet lead on; those are passed while there's time. */
  private async firstWithRecords(
    line: Line,
    query: ListRequest,
  ): Promise<{ records: VendorRecord[]; next: string | null }> {
    const { instance, connector } = line
    const calls = this.sessions.calls(instance)
    const http = this.sessions.http(instance, patience)
    const until = Date.now() + pagesWithinMs
    for (let cursor = query.cursor; ;) {
      const request = { ...query, overlapPages: false, ...(cursor !== undefined && { cursor }) }
      const page: Page | Failure = await calls.call(session => connector.listPage(session, request, http))
      if (page.kind !== 'page') throw new Refused(vendorRefusal(connector.definition.name, page, Date.now()))
      // A vendor that leads back to where it is would do so for ever.
      const next: string | null = page.next === cursor ? null : page.next
      if (page.records.length > 0 || next === null || Date.now() > until) return { records: page.records, next }
      cursor = next
    }
  }

  private async lineOf({ instanceId }: Principal, resource: string): Promise<Line> {
    if (instanceId === undefined) throw this.withoutToken(resource)
    const instance = await this.instances.byId(instanceId)
    if (!instance || instance.deletedAt) throw notFound(`Instance ${instanceId}`)
    if (instance.disabled) {
      const message = `Instance ${instance.id} is disabled; PUT /instances/${instance.id}/enabled enables it`
      throw new Refused({ kind: 'forbidden', message })
    }
    const connector = this.connectors.get(instance.elementKey)
    if (connector) return { instance, connector }
    const message = `The element ${instance.elementKey} isn't installed any more`
    throw new Refused({ kind: 'conflict', message })
  }

  // A path that no element knows is just a path that there isn't.
  private withoutToken(resource: string): Refused {
    if (!this.connectors.list().some(connector => connector.resource(resource))) return notFound(`/${resource}`)
    const message = `/${resource} acts on the instance of the header Authorization: User <secret>, Element <token>`
    return new Refused({ kind: 'unauthorized', message })
  }
}

function shown(raw: string, { instance, connector }: Line): string {
  const key = 'filter.response.nulls'
  const byDefault = connector.fields.find(field => field.key === key)?.default
  return (instance.configuration[key] ?? byDefault) === 'true' ? withoutNulls(raw) : raw
}

function unknownResource(resource: string, { resources, definition }: Connector): Refused {
  const known = resources.map(({ name }) => name).join(', ')
  const message = `${definition.name} has no resource ${JSON.stringify(resource)}; it has ${known}`
  return new Refused({ kind: 'not-found', message })
}
