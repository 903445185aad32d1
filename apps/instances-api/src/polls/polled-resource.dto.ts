import { ApiProperty } from '@nestjs/swagger'
import { resourceStates, type ResourceState } from './polled-resources.js'
import { troubles, type Trouble } from './trouble.js'

/** The last run that ended, as far as this resource goes. */
export class LastPollBody {
  @ApiProperty({ type: Date, nullable: true })
  startedAt!: Date | null

  @ApiProperty()
  finishedAt!: Date

  @ApiProperty({ type: Number, nullable: true, description: "Milliseconds, waits for the vendor's limits included" })
  tookMs!: number | null

  @ApiProperty()
  pages!: number

  @ApiProperty()
  records!: number

  @ApiProperty()
  events!: number

  @ApiProperty({ type: String, nullable: true })
  error!: string | null
}

/** The run under way. */
export class PollUnderWayBody {
  @ApiProperty({ description: 'For GET /api/instances/{id}/polls/{runId}' })
  runId!: string

  @ApiProperty()
  startedAt!: Date

  @ApiProperty({ description: 'So far, as the two below' })
  pages!: number

  @ApiProperty()
  records!: number

  @ApiProperty()
  events!: number

  @ApiProperty({ type: String, nullable: true, description: 'What it waits for' })
  error!: string | null
}

export class PolledResourceBody {
  @ApiProperty()
  instanceId!: number

  @ApiProperty()
  instanceName!: string

  @ApiProperty()
  elementKey!: string

  @ApiProperty()
  resource!: string

  @ApiProperty({
    enum: resourceStates,
    description:
      'disabled: its instance is; paused: not polled until resumed; throttled: the vendor wants a pause; running: a run ' +
      "isn't through; due: it waits for a poller; waiting: for its time",
  })
  state!: ResourceState

  @ApiProperty({
    enum: troubles,
    isArray: true,
    description:
      'What is wrong. failing: the last run did; overrunning: the last one took longer than the interval, or the one under way does; overdue: no ' +
      'poller has taken it for more than a minute; paused and throttled: as in state',
  })
  troubles!: Trouble[]

  @ApiProperty({ type: LastPollBody, nullable: true })
  lastPoll!: LastPollBody | null

  @ApiProperty({ type: PollUnderWayBody, nullable: true })
  pollUnderWay!: PollUnderWayBody | null

  @ApiProperty({ type: Date, nullable: true, description: 'null where it is paused, or its instance disabled' })
  nextPoll!: Date | null

  @ApiProperty({ description: "The newest date of the vendor's up to which changes are published" })
  watermark!: Date

  @ApiProperty({
    description:
      'How old a change that has not been read may be, at most: seconds since the last run began that was published to ' +
      'its end, or before the first one since when changes are wanted',
  })
  lagSeconds!: number

  @ApiProperty({ description: 'Failed runs in a row' })
  failures!: number

  @ApiProperty({ description: 'Runs in a row that took longer than the interval, without the one under way' })
  overruns!: number

  @ApiProperty({ type: Date, nullable: true })
  pausedAt!: Date | null

  @ApiProperty({ type: String, nullable: true })
  pausedBecause!: string | null
}
