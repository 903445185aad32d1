import type { Connector, Failure, ListRequest, Page } from '#connectors'
import { VendorSessions, type Principal } from '#instances'
import { Injectable } from '@nestjs/common'
import { notFound, Refused } from '../errors/refusal.js'
import { HubLines, type Line } from './hub-lines.js'
import { readFields, readHubRequest } from './hub-request.js'
import { onlyFields } from './only-fields.js'
import { writePageToken } from './page-token.js'
import { withoutNulls } from './without-nulls.js'

/** One record as JSON text, or a list of them, and the instance whose they are. */
export interface HubRecord {
  instanceId: number
  json: string
}

export interface HubPage extends HubRecord {
  count: number
  /** Of the whole listing; null where the vendor doesn't say. */
  total: number | null
  /** Leads to the page after this one. */
  next: string | null
}

type FoundPage = Pick<Page, 'records' | 'next' | 'total'>

// A person may wait for the answer.
const patience = { timeoutMs: 20_000, maxBytes: 32 * 1024 * 1024 }
const pagesWithinMs = 10_000

/** Reads an instance's vendor through the engine that also polls it. Refusals are thrown as `Refused`. */
@Injectable()
export class HubResources {
  constructor(
    private readonly lines: HubLines,
    private readonly sessions: VendorSessions,
  ) {}

  /** @param resource `contacts`, or `messages/123/opens` @param search the query string as it came */
  async list(caller: Principal, resource: string, search: string): Promise<HubPage> {
    const line = await this.lines.open(caller, resource)
    const { instance } = line
    const { query, fields, search: begun } = readHubRequest(instance.id, resource, search)
    if (!line.connector.resource(query.resource)) throw unknownResource(query.resource, line.connector)
    const { records, next, total } = await this.firstWithRecords(line, query)
    const token = { instanceId: instance.id, resource: query.resource, search: begun }
    return {
      instanceId: instance.id,
      json: `[${records.map(({ raw }) => shown(raw, line, fields)).join(',')}]`,
      count: records.length,
      total: total ?? null,
      next: next === null ? null : writePageToken({ ...token, cursor: next }),
    }
  }

  /** @param resource `contacts`, or `messages/123/opens` @param search only its `fields` mean something */
  async one(caller: Principal, resource: string, id: string, search: string): Promise<HubRecord> {
    const line = await this.lines.open(caller, resource)
    const { instance, connector } = line
    if (!connector.resource(resource)) throw unknownResource(resource, connector)
    // They would name another path at the vendor.
    if (id === '.' || id === '..') throw notFound(`${resource}/${id}`)
    const http = this.sessions.http(instance, patience)
    const calls = this.sessions.calls(instance, 'person')
    const outcome = await calls.call(session => connector.get(session, resource, id, http))
    if (outcome.kind === 'record') {
      return { instanceId: instance.id, json: shown(outcome.record.raw, line, readFields(search)) }
    }
    if (outcome.kind !== 'missing') throw this.lines.refused(line, outcome)
    const moved = outcome.movedTo === null ? '' : `; it was merged into ${outcome.movedTo}`
    throw new Refused({
      kind: 'vendor-has-none',
      message: `${connector.definition.name} has no ${resource}/${id}${moved}`,
      providerMessage: outcome.message,
    })
  }

  /** A page may hold nothing and yet lead on; those are passed while there's time. */
  private async firstWithRecords(line: Line, query: ListRequest): Promise<FoundPage> {
    const { instance, connector } = line
    const calls = this.sessions.calls(instance, 'person')
    const http = this.sessions.http(instance, patience)
    const until = Date.now() + pagesWithinMs
    for (let cursor = query.cursor; ;) {
      const request = { ...query, overlapPages: false, ...(cursor !== undefined && { cursor }) }
      const page: Page | Failure = await calls.call(session => connector.listPage(session, request, http))
      if (page.kind !== 'page') throw this.lines.refused(line, page)
      // A vendor that leads back to where it is would do so for ever.
      const next: string | null = page.next === cursor ? null : page.next
      if (page.records.length > 0 || next === null || Date.now() > until) return { ...page, next }
      cursor = next
    }
  }
}

function shown(raw: string, { instance, connector }: Line, fields: string[] | null): string {
  const key = 'filter.response.nulls'
  const byDefault = connector.fields.find(field => field.key === key)?.default
  const record = fields ? onlyFields(raw, fields) : raw
  return (instance.configuration[key] ?? byDefault) === 'true' ? withoutNulls(record) : record
}

function unknownResource(resource: string, { resources, definition }: Connector): Refused {
  const known = resources.map(({ name }) => name).join(', ')
  const message = `${definition.name} has no resource ${JSON.stringify(resource)}; it has ${known}`
  return new Refused({ kind: 'not-found', message })
}
