import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common'
import { Answer } from '../http/answer.js'
import { isObject, type JsonObject } from '../http/body.js'
import type { IntercomApp } from '../intercom/app.js'
import { Intercom } from '../intercom/intercom.js'
import type { Region, Workspace, WorkspaceProfile } from '../intercom/workspace.js'
import { intercomAction, intercomKind } from './intercom-actions.js'
import { badRequest, changeSettings, JsonBody, mustText, orNotFound, text, texts } from './json-body.js'

const RECORD = 'workspaces/:workspace/:kind'
const REGIONS: readonly Region[] = ['US', 'EU', 'AU']
const ACCESS: readonly Workspace['access'][] = ['open', 'suspended', 'plan-restricted']

/** Makes things happen at the simulated Intercom. */
@Controller('control/intercom')
export class IntercomControlController {
  constructor(private readonly intercom: Intercom) {}

  @Get()
  overview() {
    return {
      settings: this.intercom.settings,
      workspaces: this.intercom.allWorkspaces().map(workspaceView),
      apps: this.intercom.allApps().map(appView),
    }
  }

  @Patch('settings')
  settings(@Body(JsonBody) body: JsonObject) {
    changeSettings(this.intercom.settings, body)
    return this.intercom.settings
  }

  @Post('workspaces')
  addWorkspace(@Body(JsonBody) body: JsonObject) {
    return workspaceView(this.intercom.addWorkspace(profileOf(body)))
  }

  /** Closes a workspace to tokens, or opens it again. */
  @Patch('workspaces/:workspace')
  access(@Param('workspace') id: string, @Body(JsonBody) body: JsonObject) {
    const workspace = this.workspace(id)
    const access = ACCESS.find(candidate => candidate === body['access'])
    if (!access) throw badRequest(`access: expected one of ${ACCESS.join(', ')}`)
    workspace.access = access
    return workspaceView(workspace)
  }

  @Post('workspaces/:workspace/populate')
  populate(@Param('workspace') id: string, @Body(JsonBody) body: JsonObject) {
    const count = (name: string) => Number(body[name] ?? 0)
    const seed = body['seed'] === undefined ? {} : { seed: Number(body['seed']) }
    this.intercom.populate(
      { contacts: count('contacts'), conversations: count('conversations'), companies: count('companies') },
      { workspace: this.workspace(id).id, ...seed },
    )
    return workspaceView(this.workspace(id))
  }

  /** Sends a notification of any topic and item. */
  @Post('workspaces/:workspace/notify')
  @HttpCode(202)
  notify(@Param('workspace') id: string, @Body(JsonBody) body: JsonObject) {
    const { item } = body
    if (!isObject(item)) throw badRequest('item: expected an object')
    const notificationId = body['id'] === null ? { id: null } : {}
    this.intercom.notify(this.workspace(id).id, mustText(body, 'topic'), item, notificationId)
    return { accepted: true }
  }

  @Post('workspaces/:workspace/tokens')
  install(@Param('workspace') id: string, @Body(JsonBody) body: JsonObject) {
    const app = this.app(text(body, 'clientId'))
    return { token: this.intercom.install(this.workspace(id).id, app.clientId, text(body, 'token')) }
  }

  @Post('workspaces/:workspace/codes')
  code(@Param('workspace') id: string, @Body(JsonBody) body: JsonObject) {
    const app = this.app(text(body, 'clientId'))
    const code = text(body, 'code')
    if (code === undefined) return { code: app.issueCode(this.workspace(id).id) }
    app.registerCode(code, this.workspace(id).id)
    return { code }
  }

  @Delete('tokens/:token')
  revoke(@Param('token') token: string) {
    this.intercom.revoke(token)
    return { revoked: true }
  }

  @Get(RECORD)
  list(@Param('workspace') id: string, @Param('kind') kind: string) {
    return intercomKind(kind).list(this.workspace(id))
  }

  @Post(RECORD)
  create(@Param('workspace') id: string, @Param('kind') kind: string, @Body(JsonBody) body: JsonObject) {
    return intercomKind(kind).create(this.workspace(id), body)
  }

  @Patch(`${RECORD}/:id`)
  update(
    @Param('workspace') workspace: string,
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body(JsonBody) body: JsonObject,
  ) {
    const { update } = intercomKind(kind)
    if (!update) throw new Answer(405, { message: `${kind} can't be changed so; take an action` })
    return update(this.workspace(workspace), id, body)
  }

  @Delete(`${RECORD}/:id`)
  remove(@Param('workspace') workspace: string, @Param('kind') kind: string, @Param('id') id: string) {
    const { delete: remove } = intercomKind(kind)
    if (!remove) throw new Answer(405, { message: `${kind} can't be deleted` })
    remove(this.workspace(workspace), id, {})
    return { id, deleted: true }
  }

  @Post(`${RECORD}/:id/:action`)
  @HttpCode(200)
  act(
    @Param('workspace') workspace: string,
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Param('action') action: string,
    @Body(JsonBody) body: JsonObject,
  ) {
    return intercomAction(kind, action)(this.workspace(workspace), id, body) ?? { done: true }
  }

  @Post('apps')
  addApp(@Body(JsonBody) body: JsonObject) {
    const [clientId, clientSecret, redirectUris] = [
      text(body, 'clientId'),
      text(body, 'clientSecret'),
      texts(body, 'redirectUris'),
    ]
    const app = this.intercom.addApp({
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(redirectUris === undefined ? {} : { redirectUris }),
    })
    return { ...appView(app), clientSecret: app.clientSecret }
  }

  /** Saves the endpoint and its topics as the Developer Hub does: HEAD first, ping after. */
  @Put('apps/:clientId/webhook')
  async webhook(@Param('clientId') clientId: string, @Body(JsonBody) body: JsonObject) {
    const saved = await this.app(clientId).saveWebhook(mustText(body, 'url'), texts(body, 'topics'))
    if (saved.kind === 'refused') throw new Answer(422, { message: saved.why })
    return appView(this.app(clientId))
  }

  @Post('apps/:clientId/ping')
  @HttpCode(202)
  ping(@Param('clientId') clientId: string) {
    this.app(clientId).ping()
    return { accepted: true }
  }

  /** Makes a subscription live again that errors had disabled, throttled or paused. */
  @Post('apps/:clientId/set-live')
  @HttpCode(200)
  setLive(@Param('clientId') clientId: string) {
    this.app(clientId).subscription?.setLive()
    return appView(this.app(clientId))
  }

  @Get('apps/:clientId/deliveries')
  deliveries(@Param('clientId') clientId: string) {
    return this.app(clientId).subscription?.deliveries ?? []
  }

  private workspace(id: string): Workspace {
    return orNotFound(() => this.intercom.workspace(id))
  }

  private app(clientId: string | undefined): IntercomApp {
    return orNotFound(() => this.intercom.app(clientId))
  }
}

function profileOf(body: JsonObject): Partial<WorkspaceProfile> {
  const [id, name, timezone] = [text(body, 'id'), text(body, 'name'), text(body, 'timezone')]
  const region = REGIONS.find(candidate => candidate === body['region'])
  if (body['region'] !== undefined && !region) throw badRequest(`region: expected one of ${REGIONS.join(', ')}`)
  if (timezone !== undefined && !Intl.supportedValuesOf('timeZone').concat('UTC').includes(timezone)) {
    throw badRequest(`timezone: "${timezone}" is not an IANA time zone`)
  }
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(region === undefined ? {} : { region }),
  }
}

function workspaceView({ profile, access, contacts, conversations, companies, tickets }: Workspace) {
  return {
    ...profile,
    access,
    contacts: contacts.records.size,
    conversations: conversations.records.size,
    companies: companies.records.size,
    tickets: tickets.records.size,
  }
}

function appView({ clientId, installedIn, redirectUris, subscription }: IntercomApp) {
  return {
    clientId,
    installedIn: [...installedIn],
    redirectUris,
    webhook: subscription
      ? { url: subscription.url, topics: [...subscription.topics], state: subscription.state }
      : null,
  }
}
