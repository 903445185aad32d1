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

  @ApiProperty()
  instanceId!: number

  @ApiProperty({ description: "It is the callback URL of the instance's configuration" })
  configured!: boolean

  @ApiProperty()
  createdDate!: Date
}

export class NewSubscriptionBody {
  @ApiProperty({ enum: ['webhook'] })
  channel!: string

  @ApiProperty({ type: [String], minItems: 1, maxItems: 1, example: ['instance-410-intercom-events'] })
  topics!: string[]

  @ApiProperty({ type: SubscriptionConfig })
  config!: SubscriptionConfig
}

export class DeliveryBody {
  @ApiProperty()
  notificationId!: string

  @ApiProperty()
  subscriptionId!: number

  @ApiProperty({ enum: ['created', 'retry', 'queued', 'delivered'] })
  status!: string

  @ApiProperty()
  createdDate!: Date

  @ApiProperty({ description: 'When it came to this status, or was last tried' })
  updatedDate!: Date

  @ApiProperty({ type: Date, nullable: true, description: 'When it is tried next; null while it is queued, and after' })
  dueDate!: Date | null

  @ApiProperty()
  attempts!: number

  @ApiProperty({ type: String, nullable: true, description: 'Of the last attempt' })
  error!: string | null

  @ApiProperty({ description: 'Of the subscription' })
  instanceId!: number

  @ApiProperty({ type: SubscriptionConfig })
  config!: SubscriptionConfig

  @ApiProperty({ type: Object, required: false, nullable: true, description: "The callback's body, where hydrated" })
  notification?: object | null

  @ApiProperty({ type: SubscriptionBody, required: false, nullable: true, description: 'Where hydrated' })
  subscription?: SubscriptionBody | null
}

export class Redelivery {
  @ApiProperty({ description: 'How many deliveries are sent again' })
  deliveries!: number
}
