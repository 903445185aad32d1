import { Controller, Get, Param, Query, Req, UseGuards } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { invalid, notFound } from '../errors.js'
import { IntercomGate, OfToken } from '../gate.js'
import type { IntercomRecord } from '../records/records.js'
import { numberedPage } from '../search/numbered-page.js'
import type { Workspace } from '../workspace.js'

/** Who one is, and the lists that come whole: most of them without any date. */
@Controller()
@UseGuards(IntercomGate)
export class CatalogueController {
  @Get('me')
  me(@OfToken() workspace: Workspace) {
    const { id, name, timezone, region } = workspace.profile
    const admin = workspace.catalogue.admins[0]
    return {
      type: 'admin',
      id: admin?.id,
      email: admin?.['email'],
      name: admin?.['name'],
      email_verified: true,
      app: {
        type: 'app',
        id_code: id,
        name,
        created_at: workspace.createdAt,
        secure: false,
        identity_verification: false,
        timezone,
        region,
      },
      avatar: admin?.['avatar'],
      has_inbox_seat: true,
    }
  }

  @Get('admins')
  admins(@OfToken() workspace: Workspace) {
    return { type: 'admin.list', admins: workspace.catalogue.admins }
  }

  @Get('admins/activity_logs')
  activityLogs(
    @OfToken() workspace: Workspace,
    @Query() query: Record<string, string>,
    @Req() request: FastifyRequest,
  ) {
    const after = Number(query['created_at_after'] ?? Number.NaN)
    if (!Number.isFinite(after)) throw invalid('created_at_after is required', 'missing_parameter')
    const before = Number(query['created_at_before'] ?? Number.POSITIVE_INFINITY)
    const logs = workspace.catalogue.activityLogs
      .filter(log => log.created_at >= after && log.created_at <= before)
      .reverse()
    const { rows, pages } = numberedPage(logs, request, { default: 20, max: 150 })
    return { type: 'activity_log.list', pages, activity_logs: rows }
  }

  @Get('admins/:id')
  admin(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return find(workspace.catalogue.admins, id, 'Admin not found', 'admin_not_found')
  }

  @Get('teams')
  teams(@OfToken() workspace: Workspace) {
    return { type: 'team.list', teams: workspace.catalogue.teams }
  }

  @Get('teams/:id')
  team(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return find(workspace.catalogue.teams, id, 'Team not found', 'team_not_found')
  }

  @Get('tags')
  tags(@OfToken() workspace: Workspace) {
    return { type: 'list', data: workspace.catalogue.tags }
  }

  @Get('tags/:id')
  tag(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return find(workspace.catalogue.tags, id)
  }

  @Get('segments')
  segments(@OfToken() workspace: Workspace) {
    return { type: 'segment.list', segments: workspace.catalogue.segments }
  }

  @Get('segments/:id')
  segment(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return find(workspace.catalogue.segments, id)
  }

  @Get('data_attributes')
  dataAttributes(@OfToken() workspace: Workspace) {
    const data = workspace.catalogue.dataAttributes.map(({ id, ...attribute }) =>
      // A number, unlike other ids.
      id === undefined ? attribute : { id: Number(id), ...attribute },
    )
    return { type: 'list', data }
  }

  @Get('articles')
  articles(@OfToken() workspace: Workspace, @Req() request: FastifyRequest) {
    const newestFirst = workspace.articles.records
      .all()
      .sort((a, b) => Number(b['updated_at']) - Number(a['updated_at']))
    const { rows, pages, totalCount } = numberedPage(newestFirst, request, { default: 15, max: 250 })
    return { type: 'list', pages, total_count: totalCount, data: rows }
  }

  @Get('articles/:id')
  article(@OfToken() workspace: Workspace, @Param('id') id: string) {
    return workspace.articles.mustGet(id)
  }
}

function find(list: IntercomRecord[], id: string, message?: string, code?: string): IntercomRecord {
  const record = list.find(candidate => candidate.id === id)
  if (!record) throw notFound(message, code)
  return record
}
