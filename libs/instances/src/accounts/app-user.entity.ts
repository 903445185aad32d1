import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** A user of an account; `User <secret>` in the Authorization header names one. */
@Entity('app_user')
export class AppUserEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number

  @Column('integer', { name: 'account_id' })
  accountId!: number

  @Column('text')
  name!: string

  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer

  /** Its secret opens nothing any more. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null
}
