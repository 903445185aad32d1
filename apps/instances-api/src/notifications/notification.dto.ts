import { ApiProperty } from '@nestjs/swagger'

export class SubscriptionConfig {
  @ApiProperty()
  url!: string
}

export class SubscriptionBody {
  @ApiProperty()
  id!: number

  @ApiProperty({ enum: ['webhook'] })
  channel!: string

  @ApiProperty({ type: [String], example: ['instance-410-intercom-events'] })
  topics!: string[]

  @ApiProperty({ type: SubscriptionConfig })
  config!: SubscriptionConfig

  @ApiProperty({ description: 'false: callbacks failed for too long; what comes is queued until the deliveries call' })
  active!: boolean

  @ApiProperty({ enum: ['gone', 'unreachable', 'replaced', 'removed'], nullable: true })
  deactivatedReason!: string | null
}

export class DeliveryBody {
  @ApiProperty()
  notificationId!: string

  @ApiProperty()
  subscriptionId!: number

  @ApiProperty({ enum: ['created', 'retry', 'queued'] })
  status!: string

  @ApiProperty()
  createdDate!: Date

  @ApiProperty({ type: Date, nullable: true, description: 'When it is tried next; null while it is queued' })
  dueDate!: Date | null

  @ApiProperty()
  attempts!: number

  @ApiProperty({ type: String, nullable: true, description: 'Of the last attempt' })
  error!: string | null

  @ApiProperty()
  instanceId!: number

  @ApiProperty({ type: SubscriptionConfig })
  config!: SubscriptionConfig
}

export class Redelivery {
  @ApiProperty({ description: 'How many deliveries are sent again' })
  deliveries!: number
}
