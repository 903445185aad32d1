import { EventCounts, intervals, type Counting, type EventCount } from '#deliveries'
import { Instances, type Principal } from '#instances'
import { applyDecorators, Controller, Get, Query } from '@nestjs/common'
import { ApiForbiddenResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { notFound, Refused } from '../errors/refusal.js'
import { TimeRange } from '../events/event-listing.js'
import { readAnalyticsQuery, type AnalyticsQuery } from './analytics-query.js'
import { AccountsEntry, CountEntry, InstancesEntry } from './analytics.dto.js'
import { later } from './time-line.js'

/** Of one answer, over all its entries. */
const mostRecords = 50_000

/** How many events the account had, and what became of them, by when they were stored. */
@ApiTags('Events')
@Controller('elements/api-v2/instances/events/analytics')
@ElementsApi()
@Authorized()
export class AnalyticsController {
  constructor(
    private readonly counts: EventCounts,
    private readonly instances: Instances,
  ) {}

  @Get()
  @Analytics('How many events there were')
  @ApiOkResponse({ type: [CountEntry] })
  async all(@Caller() caller: Principal, @Query() query: Readonly<Record<string, unknown>>): Promise<CountEntry[]> {
    const asked = await this.read(caller, query)
    const counted = byInstant(await this.counts.ofAccount(asked))
    return entriesOf(asked, at => ({ count: counted.get(at.getTime())?.[0]?.count ?? 0, timestamp: at.toISOString() }))
  }

  @Get('accounts')
  @Analytics('How many events the account had, and what became of them')
  @ApiOkResponse({ type: [AccountsEntry] })
  async ofAccounts(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<AccountsEntry[]> {
    const asked = await this.read(caller, query)
    const counted = byInstant(await this.counts.judged(asked))
    return entriesOf(asked, at =>
      entry(
        at,
        (counted.get(at.getTime()) ?? []).map(judged => ({ accountId: caller.accountId, ...judged })),
      ),
    )
  }

  @Get('instances')
  @Analytics('How many events each instance had, and what became of them')
  @ApiOkResponse({ type: [InstancesEntry] })
  async ofInstances(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<InstancesEntry[]> {
    const asked = await this.read(caller, query)
    const rows = await this.counts.perInstance(asked, mostRecords + 1)
    if (rows.length > mostRecords) {
      const fault = `interval: "${asked.interval}" makes more than ${mostRecords} records; take a longer one, less time, or some instanceIds`
      throw new Refused({ kind: 'invalid', faults: [fault] })
    }
    const counted = byInstant(rows)
    return entriesOf(asked, at => entry(at, counted.get(at.getTime()) ?? []))
  }

  private async read(
    { accountId }: Principal,
    query: Readonly<Record<string, unknown>>,
  ): Promise<AnalyticsQuery & Counting> {
    const asked = readAnalyticsQuery(query, accountId, new Date())
    const found = await this.instances.byIds(asked.instanceIds ?? [])
    const missing = asked.instanceIds?.find(id => found.get(id)?.accountId !== accountId)
    if (missing !== undefined) throw notFound(`Instance ${missing}`)
    return { ...asked, accountId }
  }
}

/** What the OpenAPI document says of each of these calls. */
function Analytics(summary: string): MethodDecorator {
  const ids = { isArray: true, type: Number, required: false }
  return applyDecorators(
    ApiOperation({ summary }),
    TimeRange(
      'In the first entry; else 60 intervals before `to`, or a day where there is no interval',
      'In the last entry; else now',
    ),
    ApiQuery({
      ...{ name: 'interval', required: false, enum: intervals },
      description: 'Of each entry, in UTC; else the shortest that makes at most 100 entries. 5000 entries are the most',
    }),
    ApiQuery({ ...ids, name: 'accountIds[]', description: 'Your own' }),
    ApiQuery({ ...ids, name: 'instanceIds[]', description: 'Only events of these' }),
    ApiForbiddenResponse({ type: ErrorBody, description: "Another's account" }),
  )
}

function byInstant<Row extends EventCount>(rows: readonly Row[]): Map<number, Omit<Row, 'at'>[]> {
  const found = new Map<number, Omit<Row, 'at'>[]>()
  for (const { at, ...row } of rows) {
    const others = found.get(at.getTime())
    if (others) others.push(row)
    else found.set(at.getTime(), [row])
  }
  return found
}

function entriesOf<Entry>({ from, interval, entries }: AnalyticsQuery, make: (at: Date) => Entry): Entry[] {
  return Array.from({ length: entries }, (_, index) => make(later(from, interval, index)))
}

function entry<One extends { count: number }>(at: Date, records: One[]) {
  return { total: records.reduce((sum, { count }) => sum + count, 0), timestamp: at.toISOString(), records }
}
