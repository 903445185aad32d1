import { ApiProperty } from '@nestjs/swagger'

export class OAuthUrl {
  @ApiProperty({ example: 'intercom' })
  element!: string

  @ApiProperty({
    description:
      'Where to send the person who owns the account; the vendor then calls `callbackUrl` with `code` and `state`.',
  })
  oauthUrl!: string
}
