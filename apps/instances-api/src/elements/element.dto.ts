import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'

export class Authentication {
  @ApiProperty({ example: 'oauth2' })
  type!: string
}

export class ElementBody {
  @ApiProperty()
  id!: number

  @ApiProperty({ example: 'Intercom' })
  name!: string

  @ApiProperty({ example: 'intercom' })
  key!: string

  @ApiProperty()
  description!: string

  @ApiProperty()
  image!: string

  @ApiProperty()
  active!: boolean

  @ApiProperty()
  deleted!: boolean

  @ApiProperty()
  typeOauth!: boolean

  @ApiProperty()
  trialAccount!: boolean

  @ApiProperty({ type: [Object] })
  resources!: object[]

  @ApiProperty()
  transformationsEnabled!: boolean

  @ApiProperty()
  bulkDownloadEnabled!: boolean

  @ApiProperty()
  bulkUploadEnabled!: boolean

  @ApiProperty()
  cloneable!: boolean

  @ApiProperty()
  extendable!: boolean

  @ApiProperty()
  beta!: boolean

  @ApiProperty({ type: Authentication })
  authentication!: Authentication

  @ApiProperty()
  extended!: boolean

  @ApiProperty({ example: 'marketing' })
  hub!: string

  @ApiProperty()
  protocolType!: string

  @ApiProperty({ type: [Object] })
  parameters!: object[]

  @ApiProperty()
  private!: boolean
}

export class ConfigurationEntry {
  @ApiProperty()
  id!: number

  @ApiProperty({ description: 'For people.', example: 'OAuth API Key' })
  name!: string

  @ApiProperty({ example: 'oauth.api.key' })
  key!: string

  @ApiProperty()
  description!: string

  @ApiProperty({ type: String, nullable: true })
  defaultValue!: string | null

  @ApiProperty()
  resellerConfig!: boolean

  @ApiProperty()
  companyConfig!: boolean

  @ApiProperty()
  active!: boolean

  @ApiProperty()
  internal!: boolean

  @ApiProperty()
  groupControl!: boolean

  @ApiProperty()
  displayOrder!: number

  @ApiProperty({
    enum: [
      'TEXTFIELD_32',
      'TEXTFIELD_64',
      'TEXTFIELD_128',
      'TEXTFIELD_1000',
      'TEXTAREA',
      'BOOLEAN',
      'PASSWORD',
      'COMBO',
    ],
  })
  type!: string

  @ApiProperty()
  hideFromConsole!: boolean

  @ApiProperty()
  required!: boolean

  @ApiPropertyOptional({ type: [String], description: 'What a COMBO can be.' })
  options?: string[]
}

export class ElementWithConfiguration extends ElementBody {
  @ApiProperty({ type: [ConfigurationEntry] })
  configuration!: ConfigurationEntry[]
}

export class ElementMetadata {
  @ApiProperty()
  id!: number

  @ApiProperty()
  key!: string

  @ApiProperty()
  name!: string

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Which resources can be polled or come by webhook, and with what event types.',
  })
  events!: object
}
