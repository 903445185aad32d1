import { ApiProperty } from '@nestjs/swagger'
import { leastPerSecond, mostIds, mostPerSecond } from './replay-request.js'

const instant = { type: String, format: 'date-time' } as const

export class NewReplayBody {
  @ApiProperty({ required: false, description: 'One notification, by the id in `Elements-Webhook-Id`' })
  notificationId?: string

  @ApiProperty({ required: false, type: [String], minItems: 1, maxItems: mostIds })
  notificationIds?: string[]

  @ApiProperty({ required: false, description: 'The notification that brought this event' })
  eventId?: string

  @ApiProperty({ required: false, type: [String], minItems: 1, maxItems: mostIds })
  eventIds?: string[]

  @ApiProperty({
    required: false,
    type: 'integer',
    description: 'What is stored of this instance: with `from`, `to`, or `all`',
  })
  instanceId?: number

  @ApiProperty({ required: false, ...instant, description: 'Stored at or after' })
  from?: string

  @ApiProperty({ required: false, ...instant, description: 'Stored before' })
  to?: string

  @ApiProperty({ required: false, description: 'All that is stored of the instance' })
  all?: boolean

  @ApiProperty({ required: false, description: "Of the instance's, only notifications with an event of this type" })
  objectType?: string

  @ApiProperty({ required: false, description: "Of the instance's, only what nobody has answered 2xx to yet" })
  undelivered?: boolean

  @ApiProperty({ required: false, type: 'integer', description: 'Only to this subscription; else to all current ones' })
  subscriptionId?: number

  @ApiProperty({
    required: false,
    type: Number,
    ...{ minimum: leastPerSecond, maximum: mostPerSecond, default: 50 },
    description: 'Notifications at most; the lane of the URL may take fewer',
  })
  perSecond?: number

  @ApiProperty({ required: false, description: 'Count only' })
  dryRun?: boolean
}

export class ReplayCountBody {
  @ApiProperty({ type: 'integer', description: 'How many notifications it holds' })
  notifications!: number

  @ApiProperty({ description: 'False: there are more; counting stopped' })
  exact!: boolean
}

export class ReplayStartedBody extends ReplayCountBody {
  @ApiProperty({ type: 'integer' })
  replayId!: number
}

export class ReplayBody extends ReplayStartedBody {
  @ApiProperty({ enum: ['running', 'done', 'cancelled', 'failed'] })
  state!: string

  @ApiProperty({ type: 'integer', nullable: true, description: 'Null: it was asked for by ids' })
  instanceId!: number | null

  @ApiProperty({ type: 'integer', nullable: true })
  subscriptionId!: number | null

  @ApiProperty({ type: Date, nullable: true })
  from!: Date | null

  @ApiProperty({ type: Date, nullable: true, description: 'Not after the replay was asked for' })
  to!: Date | null

  @ApiProperty({ type: String, nullable: true })
  objectType!: string | null

  @ApiProperty()
  undelivered!: boolean

  @ApiProperty()
  perSecond!: number

  @ApiProperty({ type: 'integer', description: 'Callbacks made so far, one for each subscription' })
  made!: number

  @ApiProperty({ type: 'integer', description: 'Notifications left out since they are under way already' })
  skipped!: number

  @ApiProperty({ type: 'integer', description: 'Callbacks answered 2xx' })
  delivered!: number

  @ApiProperty({ type: 'integer', description: 'Callbacks that are to be sent, or tried again' })
  waiting!: number

  @ApiProperty({ type: 'integer', description: 'Callbacks that are queued after all' })
  failed!: number

  @ApiProperty({ type: String, nullable: true, description: 'Why it failed' })
  error!: string | null

  @ApiProperty()
  createdDate!: Date

  @ApiProperty()
  updatedDate!: Date

  @ApiProperty({ type: Date, nullable: true })
  finishedDate!: Date | null
}
