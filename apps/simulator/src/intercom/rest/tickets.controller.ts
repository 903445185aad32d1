import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common'
import { isObject, parseJson } from '../../http/body.js'
import { invalid } from '../errors.js'
import { IntercomGate, OfToken } from '../gate.js'
import { Intercom } from '../intercom.js'
import { keysetPage, readPaging, readSort } from '../search/cursor.js'
import { ticketDialect } from '../search/dialect.js'
import { compileQuery } from '../search/query.js'
import type { Workspace } from '../workspace.js'

@Controller('tickets')
@UseGuards(IntercomGate)
export class TicketsController {
  constructor(private readonly intercom: Intercom) {}

  @Post('search')
  @HttpCode(200)
  search(@OfToken() workspace: Workspace, @Body() bytes: unknown) {
    const body = parseJson(bytes)
    if (!isObject(body)) throw invalid('The request body is not valid JSON', 'bad_request')
    const matches = compileQuery(body['query'], ticketDialect(this.intercom.settings.searchComparison))
    const found = workspace.tickets.records.searchable().filter(matches)
    const paging = readPaging(body['pagination'], { default: 20, max: 150 })
    const { records, pages, totalCount } = keysetPage(found, readSort(body['sort']), paging)
    return { type: 'ticket.list', tickets: records, total_count: totalCount, pages }
  }

  @Get(':id')
  get(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return workspace.tickets.mustGet(id)
  }
}
