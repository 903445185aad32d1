import { Column, Entity, PrimaryColumn } from 'typeorm'

/** A resource that is polled, and how far. For reading; `PollSchedule` and the poller write it. */
@Entity('polled_resource')
export class PolledResourceEntity {
  @PrimaryColumn('integer', { name: 'instance_id' })
  instanceId!: number

  @PrimaryColumn('text')
  resource!: string

  /** Whether it is polled: where the configuration no longer names it, it only keeps its place. */
  @Column('boolean')
  configured!: boolean

  @Column('timestamptz', { name: 'next_due' })
  nextDue!: Date

  /** Nothing older is ever an event. Milliseconds since 1970. */
  @Column('bigint', { name: 'since_ms' })
  sinceMs!: string

  /** What changed before it, by the vendor's dates, is published. Milliseconds since 1970. */
  @Column('bigint', { name: 'watermark_ms' })
  watermarkMs!: string

  /** Failed runs in a row. */
  @Column('integer')
  failures!: number

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null

  /** Null after a run that succeeded. */
  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null

  @Column('timestamptz', { name: 'polled_at', nullable: true })
  polledAt!: Date | null

  /** Of the last run that ended, as the two below. */
  @Column('integer')
  pages!: number

  @Column('integer')
  records!: number

  @Column('integer')
  events!: number
}
