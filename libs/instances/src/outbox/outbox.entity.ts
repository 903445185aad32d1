import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** An instance's change that the log doesn't have yet. */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string

  @Column('integer', { name: 'instance_id' })
  instanceId!: number

  @Column('integer')
  version!: number

  @Column('boolean')
  deleted!: boolean
}
