import { ApiProperty } from '@nestjs/swagger'

export class InstanceConfigurationEntry {
  @ApiProperty({ description: 'Follows from the key alone: the same for every instance, and for good.' })
  id!: number

  @ApiProperty({ description: 'For people.', example: 'Event Notification Callback URL' })
  name!: string

  @ApiProperty({ example: 'event.notification.callback.url' })
  key!: string

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What is in force: the default where the instance has none; secrets are `********`.',
  })
  propertyValue!: string | null

  @ApiProperty()
  description!: string

  @ApiProperty({ example: 'TEXTFIELD_1000' })
  type!: string

  @ApiProperty()
  hideFromConsole!: boolean

  @ApiProperty()
  required!: boolean

  @ApiProperty()
  active!: boolean
}

export class ChangeConfigurationRequest {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'As PATCH /instances/{id} takes it in `configuration`: booleans, numbers and objects too.',
    example: 'true',
  })
  propertyValue!: unknown
}
