import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { ElementBody } from '../elements/element.dto.js'

export class UserReference {
  @ApiProperty()
  id!: number
}

export class VendorRefusalBody {
  @ApiProperty({ example: '2026-01-31T12:00:00.000Z' })
  since!: string

  @ApiProperty({ description: "In the vendor's words" })
  message!: string
}

export class InstanceBody {
  @ApiProperty()
  id!: number

  @ApiProperty()
  name!: string

  @ApiProperty({ example: '2026-01-31T12:00:00Z' })
  createdDate!: string

  @ApiProperty({ description: 'For `Authorization: …, Element <token>`.' })
  token!: string

  @ApiPropertyOptional({ type: ElementBody })
  element?: ElementBody

  @ApiProperty()
  elementId!: number

  @ApiProperty({ type: [String] })
  tags!: string[]

  @ApiProperty({ type: [Object] })
  provisionInteractions!: object[]

  @ApiProperty({ description: 'False: its element is not installed any more, or its vendor refuses its credentials' })
  valid!: boolean

  @ApiProperty()
  disabled!: boolean

  @ApiProperty()
  maxCacheSize!: number

  @ApiProperty()
  cacheTimeToLive!: number

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', nullable: true },
    description: 'Every value a string or null, `event.poller.configuration` JSON in a string; secrets are `********`.',
  })
  configuration?: Record<string, string | null>

  @ApiProperty()
  eventsEnabled!: boolean

  @ApiProperty()
  traceLoggingEnabled!: boolean

  @ApiProperty()
  cachingEnabled!: boolean

  @ApiProperty({ enum: ['none', 'initial'] })
  externalAuthentication!: string

  @ApiProperty({ type: UserReference })
  user!: UserReference

  @ApiPropertyOptional({
    type: VendorRefusalBody,
    description: 'The vendor refuses to renew its tokens: authorize it again, or give it other credentials',
  })
  vendorRefusal?: VendorRefusalBody

  @ApiPropertyOptional({ description: 'Where the vendor is to send its webhooks; only where the instance has them.' })
  webhookUrl?: string
}
