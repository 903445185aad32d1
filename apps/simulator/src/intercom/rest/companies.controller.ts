import { randomUUID } from 'node:crypto'
import { Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { intercomError, invalid, notFound } from '../errors.js'
import { IntercomGate, OfToken } from '../gate.js'
import { Intercom } from '../intercom.js'
import type { IntercomRecord } from '../records/records.js'
import { numberedPage } from '../search/numbered-page.js'
import type { Workspace } from '../workspace.js'

const LISTED_AT_MOST = 10_000
const SCROLL_PAGE = 100
const SCROLL_EXPIRES_MS = 60_000

@Controller('companies')
@UseGuards(IntercomGate)
export class CompaniesController {
  constructor(private readonly intercom: Intercom) {}

  /** By last request, newest first, without those that have no users, and no further than 10,000. */
  @Post('list')
  @HttpCode(200)
  list(@OfToken() workspace: Workspace, @Query() query: Record<string, string>, @Req() request: FastifyRequest) {
    const { page = '1', per_page: perPage = '15' } = query
    if (Number(page) * Number(perPage) > LISTED_AT_MOST) {
      throw invalid('page limit reached, please use scroll API', 'bad_request')
    }
    const order = query['order'] === 'asc' ? 1 : -1
    const rows = withUsers(workspace).sort(
      (a, b) => order * (Number(a['last_request_at']) - Number(b['last_request_at'])),
    )
    const { rows: data, pages, totalCount } = numberedPage(rows, request, { default: 15, max: 60 })
    return { type: 'list', data, pages, total_count: totalCount }
  }

  /** All of them, a hundred at a time; one scroll at once, and a minute's silence ends it. */
  @Get('scroll')
  scroll(@OfToken() workspace: Workspace, @Query('scroll_param') param?: string) {
    const now = this.intercom.clock.now()
    if (workspace.scroll && now - workspace.scroll.usedAt > SCROLL_EXPIRES_MS) workspace.scroll = undefined
    if (!param) {
      if (workspace.scroll) {
        throw intercomError(400, 'scroll_exists', 'scroll already exists for this workspace')
      }
      workspace.scroll = { id: randomUUID(), ids: withUsers(workspace).map(({ id }) => id), usedAt: now }
    }
    const { scroll } = workspace
    if (!scroll || (param && scroll.id !== param)) throw notFound('scroll parameter not found')
    scroll.usedAt = now
    const data = scroll.ids.splice(0, SCROLL_PAGE).flatMap(id => workspace.companies.records.get(id) ?? [])
    if (data.length === 0) {
      workspace.scroll = undefined
      if (this.intercom.settings.scrollEnd === 'not-found') throw notFound('scroll parameter not found')
    }
    return { type: 'list', data, pages: null, total_count: null, scroll_param: scroll.id }
  }

  @Get(':id')
  get(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return workspace.companies.mustGet(id)
  }
}

function withUsers(workspace: Workspace): IntercomRecord[] {
  return workspace.companies.records.all().filter(company => Number(company['user_count']) > 0)
}
