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
