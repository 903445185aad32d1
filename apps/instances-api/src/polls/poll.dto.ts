import { ApiProperty } from '@nestjs/swagger'

export class PollStarted {
  @ApiProperty()
  runId!: string
}

export class PollRunResourceBody {
  @ApiProperty()
  resource!: string

  @ApiProperty({ enum: ['running', 'done', 'failed'] })
  state!: string

  @ApiProperty()
  pages!: number

  @ApiProperty()
  records!: number

  @ApiProperty()
  events!: number

  @ApiProperty({ type: String, nullable: true })
  error!: string | null
}

export class PollRunBody {
  @ApiProperty()
  id!: string

  @ApiProperty()
  instanceId!: number

  @ApiProperty({ enum: ['schedule', 'request'] })
  trigger!: string

  @ApiProperty({ enum: ['running', 'done', 'failed'], description: 'failed: one of its resources did' })
  state!: string

  @ApiProperty()
  startedAt!: Date

  @ApiProperty({ type: Date, nullable: true })
  finishedAt!: Date | null

  @ApiProperty({ type: [PollRunResourceBody] })
  resources!: PollRunResourceBody[]
}

export class PollerRecordBody {
  @ApiProperty()
  instanceId!: number

  @ApiProperty()
  elementKey!: string

  @ApiProperty()
  resource!: string

  @ApiProperty({ type: Date, nullable: true, description: 'When its last run ended' })
  polledAt!: Date | null

  @ApiProperty({ description: "What changed before it, by the vendor's dates, is published" })
  watermark!: Date

  @ApiProperty({ type: Date, nullable: true, description: 'null where it is paused, or its instance disabled' })
  nextDue!: Date | null

  @ApiProperty({ description: 'Its instance is' })
  disabled!: boolean

  @ApiProperty({ type: Date, nullable: true })
  pausedAt!: Date | null

  @ApiProperty({ description: 'Failed runs in a row' })
  failures!: number

  @ApiProperty({ type: String, nullable: true, description: 'Of the last run' })
  error!: string | null

  @ApiProperty({ description: 'Of the last run that ended, as the two below' })
  pages!: number

  @ApiProperty()
  records!: number

  @ApiProperty()
  events!: number
}

export class PausedResourceBody {
  @ApiProperty()
  instanceId!: number

  @ApiProperty()
  resource!: string

  @ApiProperty()
  pausedAt!: Date

  @ApiProperty()
  failures!: number

  @ApiProperty({ type: String, nullable: true })
  error!: string | null
}

export class PollsResumed {
  @ApiProperty({ description: 'How many resources are polled again' })
  resumed!: number
}
