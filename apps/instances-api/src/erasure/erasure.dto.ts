import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import type { ErasureReport } from './erasure-service.js'

export class ErasureRequestBody {
  @ApiPropertyOptional({ description: 'As events name it, such as `contacts`; goes with `objectId`' })
  objectType?: string

  @ApiPropertyOptional()
  objectId?: string

  @ApiPropertyOptional({ enum: ['everything'], description: 'In place of an object: all events of the instance' })
  confirm?: string
}

export class RemovedBody {
  @ApiProperty()
  events!: number

  @ApiProperty({ description: "Vendor bodies taken out of other objects' events, since they named the erased one" })
  bodies!: number

  @ApiProperty({ description: 'Those that no event is left of' })
  notifications!: number

  @ApiProperty({ description: 'Of these notifications' })
  attempts!: number

  @ApiProperty({ description: 'What callback URLs answered to notifications that other events are left of' })
  answers!: number

  @ApiProperty({ description: 'Callbacks still to be sent' })
  deliveries!: number

  @ApiProperty()
  rejectedRecords!: number

  @ApiProperty()
  spooledRecords!: number

  @ApiProperty({ description: 'Of the event log in PostgreSQL' })
  logRecords!: number

  @ApiProperty({ description: 'What the poller remembered of the object' })
  polledObjects!: number
}

export class KafkaRestBody {
  @ApiProperty()
  topic!: string

  @ApiProperty({
    type: Date,
    nullable: true,
    description: 'When the last of it is gone, as the topic is configured now',
  })
  heldUntil!: Date | null

  @ApiProperty({ type: String, nullable: true, description: 'Why `heldUntil` is null' })
  note!: string | null
}

export class ErasureBody {
  @ApiProperty()
  id!: number

  @ApiProperty()
  instanceId!: number

  @ApiProperty({ type: String, nullable: true, description: 'null: all events of the instance' })
  objectType!: string | null

  @ApiProperty({ type: String, nullable: true })
  objectId!: string | null

  @ApiProperty({ enum: ['running', 'done'] })
  state!: 'running' | 'done'

  @ApiProperty({ description: 'What was accepted until then is erased; what happens later is stored' })
  erasedAt!: Date

  @ApiProperty({ type: Date, nullable: true })
  finishedAt!: Date | null

  @ApiProperty({ type: RemovedBody })
  removed!: RemovedBody

  @ApiProperty({
    ...{ type: KafkaRestBody, nullable: true },
    description: 'What Kafka may still hold; null where the event log is in PostgreSQL, and was erased at once',
  })
  kafka!: KafkaRestBody | null
}

/** As clients see it. */
export function erasureBody({ erasure, kafka }: ErasureReport): ErasureBody {
  const { id, instanceId, object, erasedAt, finishedAt, removed } = erasure
  return {
    ...{ id: Number(id), instanceId, objectType: object?.objectType ?? null, objectId: object?.objectId ?? null },
    ...{ state: finishedAt ? 'done' : 'running', erasedAt, finishedAt, removed, kafka },
  }
}
