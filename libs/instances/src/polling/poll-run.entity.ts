import { Column, Entity, PrimaryColumn } from 'typeorm'

export const pollTriggers = ['schedule', 'request'] as const
/** Why a run began: its time had come, or someone asked. */
export type PollTrigger = (typeof pollTriggers)[number]

export const pollStates = ['running', 'done', 'failed'] as const
export type PollState = (typeof pollStates)[number]

/** One poll of an instance: of those of its resources that were due. */
@Entity('poll_run')
export class PollRunEntity {
  @PrimaryColumn('uuid')
  id!: string

  @Column('integer', { name: 'instance_id' })
  instanceId!: number

  @Column('text')
  trigger!: PollTrigger

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null
}

/** What became of one resource in a run. */
@Entity('poll_run_resource')
export class PollRunResourceEntity {
  @PrimaryColumn('uuid', { name: 'run_id' })
  runId!: string

  @PrimaryColumn('text')
  resource!: string

  @Column('text')
  state!: PollState

  @Column('integer')
  pages!: number

  @Column('integer')
  records!: number

  @Column('integer')
  events!: number

  @Column('text', { nullable: true })
  error!: string | null
}
