import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res, UseGuards } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { Answer } from '../../http/answer.js'
import { parseFields } from '../../http/body.js'
import type { IntercomApp } from '../app.js'
import { intercomError } from '../errors.js'
import { IntercomFaultGate } from '../gate.js'
import { Intercom } from '../intercom.js'

/** The authorize page and the token endpoint. There are no scopes, no refresh tokens, and no expiry. */
@Controller()
@UseGuards(IntercomFaultGate)
export class OAuthController {
  constructor(private readonly intercom: Intercom) {}

  /** Sends the person back with a code at once; where there are several workspaces, after asking which. */
  @Get('oauth')
  authorize(@Query() query: Record<string, string>, @Res() reply: FastifyReply): void {
    const app = this.appOf(query['client_id'])
    const target = redirectTarget(app, query['redirect_uri'])
    const workspaces = this.intercom.allWorkspaces()
    const chosen = query['workspace'] ?? (workspaces.length === 1 ? workspaces[0]?.id : undefined)
    if (chosen === undefined) {
      const links = workspaces.map(({ id, profile }) => {
        const choice = new URLSearchParams({ ...query, workspace: id }).toString()
        return `<li><a href="/oauth?${escapeHtml(choice)}">${escapeHtml(profile.name)}</a></li>`
      })
      void reply.type('text/html; charset=utf-8').send(`<h1>Connect which workspace?</h1><ul>${links.join('')}</ul>`)
      return
    }
    target.searchParams.set('code', app.issueCode(this.intercom.workspace(chosen).id))
    if (query['state'] !== undefined) target.searchParams.set('state', query['state'])
    void reply.status(302).header('location', target.href).send()
  }

  /** Trades a code for a token; form and JSON are both in use. */
  @Post('auth/eagle/token')
  @HttpCode(200)
  exchange(@Body() body: unknown, @Headers('content-type') contentType?: string) {
    const { code, client_id: clientId, client_secret: clientSecret } = parseFields(body, contentType)
    const app = this.intercom.allApps().find(candidate => candidate.clientId === clientId)
    if (!app || app.clientSecret !== clientSecret) throw intercomError(401, 'unauthorized', 'Unauthorized Client')
    const workspace = code === undefined ? undefined : app.redeem(code)
    if (workspace === undefined) throw intercomError(401, 'unauthorized', 'Unauthorized Code')
    const token = this.intercom.install(workspace, app.clientId)
    return { token_type: 'Bearer', token, access_token: token }
  }

  @Post('auth/uninstall')
  @HttpCode(200)
  uninstall(@Headers('authorization') authorization = '') {
    this.intercom.revoke(authorization.replace(/^Bearer\s+/i, ''))
    return {}
  }

  private appOf(clientId: string | undefined): IntercomApp {
    const app = this.intercom.allApps().find(candidate => candidate.clientId === clientId)
    if (!app) throw new Answer(404, 'There is no app with this client_id', { 'content-type': 'text/plain' })
    return app
  }
}

function redirectTarget(app: IntercomApp, requested: string | undefined): URL {
  const registered = app.redirectUris
  const target = requested ?? registered[0]
  if (target === undefined || !URL.canParse(target) || (registered.length > 0 && !registered.includes(target))) {
    throw new Answer(400, 'redirect_uri is not one of those registered', { 'content-type': 'text/plain' })
  }
  return new URL(target)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${String(character.charCodeAt(0))};`)
}
