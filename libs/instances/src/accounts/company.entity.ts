import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

/** Whoever runs accounts; `Organization <secret>` in the Authorization header names it. */
@Entity('company')
export class CompanyEntity {
  @PrimaryGeneratedColumn('identity')
  id!: number

  @Column('text')
  name!: string

  @Column('bytea', { name: 'organization_secret_hash' })
  organizationSecretHash!: Buffer
}
