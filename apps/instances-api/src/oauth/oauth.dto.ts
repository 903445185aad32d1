import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'

export class OAuthUrl {
  @ApiProperty({ example: 'intercom' })
  element!: string

  @ApiProperty({
    description:
      'Where to send the person who owns the account; the vendor then calls `callbackUrl` with `code` and `state`.',
  })
  oauthUrl!: string
}

export class OAuthStartRequest {
  @ApiProperty({ description: "The OAuth application's client id" })
  apiKey!: string

  @ApiPropertyOptional({ description: 'Not needed for this step' })
  apiSecret?: string

  @ApiPropertyOptional({ description: 'Default: this service’s own page' })
  callbackUrl?: string

  @ApiPropertyOptional()
  scope?: string

  @ApiPropertyOptional({ description: "Default: the element's key" })
  state?: string

  @ApiPropertyOptional({ description: "One of the element's sites" })
  siteAddress?: string

  @ApiPropertyOptional({ description: 'Of OAuth 1: means nothing' })
  requestToken?: string

  @ApiPropertyOptional({ description: 'Means nothing' })
  callbackProxy?: string
}
