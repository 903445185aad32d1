import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { isObject, parseJson } from '../../http/body.js'
import { invalid } from '../errors.js'
import { IntercomGate, OfToken } from '../gate.js'
import { Intercom } from '../intercom.js'
import { keysetPage, readPaging, readSort, type Page } from '../search/cursor.js'
import { conversationDialect } from '../search/dialect.js'
import { numberedPage } from '../search/numbered-page.js'
import { compileQuery } from '../search/query.js'
import type { Workspace } from '../workspace.js'

const PAGE_SIZES = { default: 20, max: 150 }

@Controller('conversations')
@UseGuards(IntercomGate)
export class ConversationsController {
  constructor(private readonly intercom: Intercom) {}

  @Get()
  list(@OfToken() workspace: Workspace, @Query() query: Record<string, string>) {
    return conversationList(
      keysetPage(workspace.conversations.records.all(), readSort(undefined), readPaging(query, PAGE_SIZES), 'null'),
    )
  }

  @Post('search')
  @HttpCode(200)
  search(@OfToken() workspace: Workspace, @Body() bytes: unknown) {
    const body = parseJson(bytes)
    if (!isObject(body)) throw invalid('The request body is not valid JSON', 'bad_request')
    const matches = compileQuery(body['query'], conversationDialect(this.intercom.settings.searchComparison))
    const found = workspace.conversations.records.searchable().filter(matches)
    return conversationList(keysetPage(found, readSort(body['sort']), readPaging(body['pagination'], PAGE_SIZES)))
  }

  /** The one list of deletions that can be polled. */
  @Get('deleted')
  deleted(@OfToken() workspace: Workspace, @Query() query: Record<string, string>, @Req() request: FastifyRequest) {
    const order = query['order'] === 'asc' ? 1 : -1
    const rows = [...workspace.conversations.deleted].sort((a, b) => order * (a.deleted_at - b.deleted_at))
    const { rows: conversations, pages, totalCount } = numberedPage(rows, request, { default: 20, max: 60 })
    return { type: 'conversations.list', conversations, total_count: totalCount, pages }
  }

  @Get(':id')
  get(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return workspace.conversations.withParts(id)
  }
}

function conversationList({ records, totalCount, pages }: Page) {
  return { type: 'conversation.list', pages, total_count: totalCount, conversations: records }
}
