import { Connectors, type Connector } from '#connectors'
import { SETTINGS, type Settings } from '#platform'
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common'
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger'
import { findElement, unknownElement } from '../elements/find-element.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { Refused } from '../errors/refusal.js'
import { defaultCallbackUrl } from './callback-url.js'
import { demandOAuth, readOAuthStart, type Parameters } from './oauth-start.js'
import { OAuthStartRequest, OAuthUrl } from './oauth.dto.js'

/** The first leg of OAuth. It tells nothing that the caller doesn't bring, so, as documented, it needs no secrets. */
@ApiTags('OAuth')
@Controller('elements/api-v2/elements/:keyOrId/oauth')
@ElementsApi()
export class OAuthController {
  private readonly callback: string

  constructor(
    private readonly connectors: Connectors,
    @Inject(SETTINGS) { publicUrl }: Settings,
  ) {
    this.callback = defaultCallbackUrl(publicUrl)
  }

  @Get('url')
  @ApiOperation({ summary: "The vendor's page that asks for access" })
  @ApiQuery({ name: 'apiKey', type: String, description: "The OAuth application's client id" })
  @ApiQuery({ name: 'apiSecret', type: String, required: false, description: 'Not needed for this step' })
  @ApiQuery({ name: 'callbackUrl', type: String, required: false, description: 'Default: this service’s own page' })
  @ApiQuery({ name: 'scope', type: String, required: false })
  @ApiQuery({ name: 'state', type: String, required: false, description: "Default: the element's key" })
  @ApiQuery({ name: 'siteAddress', type: String, required: false, description: "One of the element's sites" })
  @ApiQuery({ name: 'requestToken', type: String, required: false, description: 'Of OAuth 1: means nothing' })
  @ApiQuery({ name: 'callbackProxy', type: String, required: false, description: 'Means nothing' })
  @ApiOkResponse({ type: OAuthUrl })
  byQuery(@Param('keyOrId') keyOrId: string, @Query() query: Parameters): OAuthUrl {
    return this.urlOf(keyOrId, query)
  }

  @Post('url')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same, its parameters in the body' })
  @ApiBody({ type: OAuthStartRequest })
  @ApiOkResponse({ type: OAuthUrl })
  byBody(@Param('keyOrId') keyOrId: string, @Query() query: Parameters, @Body() body: unknown): OAuthUrl {
    return this.urlOf(keyOrId, { ...query, ...(typeof body === 'object' && body !== null ? body : {}) })
  }

  @Get('url/default')
  @ApiOperation({ summary: "With an OAuth application of this service's own: there is none" })
  @ApiNotFoundResponse({ type: ErrorBody, description: 'Always: bring the client id of your own application' })
  ofOwnApplication(@Param('keyOrId') keyOrId: string): void {
    this.withoutApplication(keyOrId)
  }

  @Post('url/default')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same' })
  @ApiNotFoundResponse({ type: ErrorBody, description: 'Always' })
  ofOwnApplicationByBody(@Param('keyOrId') keyOrId: string): void {
    this.withoutApplication(keyOrId)
  }

  @Get('token')
  @ApiOperation({ summary: 'The request token of OAuth 1, which no element uses' })
  @ApiBadRequestResponse({ type: ErrorBody, description: 'Always' })
  requestToken(@Param('keyOrId') keyOrId: string): void {
    const { name } = this.find(keyOrId).definition
    const fault = `${name} doesn't use OAuth 1, and no element here does; for OAuth 2 begin at …/oauth/url`
    throw new Refused({ kind: 'invalid', faults: [fault] })
  }

  private urlOf(keyOrId: string, parameters: Parameters): OAuthUrl {
    const connector = this.find(keyOrId)
    return { element: connector.key, oauthUrl: readOAuthStart(connector, parameters, this.callback) }
  }

  private withoutApplication(keyOrId: string): never {
    const connector = this.find(keyOrId)
    demandOAuth(connector)
    const { name } = connector.definition
    const message =
      `There is no OAuth application of this service's own for ${name}: register one with ${name}, with ` +
      `${this.callback} as its redirect URL, and give its client id as apiKey to …/oauth/url`
    throw new Refused({ kind: 'not-found', message })
  }

  private find(keyOrId: string): Connector {
    const connector = findElement(this.connectors, keyOrId)
    if (connector) return connector
    throw new Refused({ kind: 'not-found', message: unknownElement(this.connectors, keyOrId) })
  }
}
