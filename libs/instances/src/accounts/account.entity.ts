import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** The tenant: owns instances, and sees nobody else's. */
@Entity('account')
export class AccountEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number

  @Column('integer', { name: 'company_id' })
  companyId!: number

  @Column('text')
  name!: string

  /** Such as `notification.webhook.failure.policy`. */
  @Column('jsonb')
  settings!: Record<string, string>

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date
}
