import type { VendorIdentity } from '#connectors'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import type { Configuration, EventsMode, ExternalAuthentication, VendorRefusal } from './instance.js'

/** An instance as its row. What is secret is in `secrets`, sealed; see `instance-row.ts`. */
@Entity('instance')
export class InstanceEntity {
  @PrimaryColumn('integer')
  id!: number

  @Column('integer', { name: 'account_id' })
  accountId!: number

  @Column('integer', { name: 'company_id' })
  companyId!: number

  @Column('integer', { name: 'user_id' })
  userId!: number

  @Column('text', { name: 'element_key' })
  elementKey!: string

  @Column('text')
  name!: string

  @Column('text', { array: true })
  tags!: string[]

  /** What `searchText` is looked for in; see `searchTextOf`. Not read with the rest. */
  @Column('text', { name: 'search_text', select: false })
  searchText!: string

  @Column('jsonb')
  configuration!: Configuration

  @Column('bytea')
  secrets!: Buffer

  @Column('bytea', { name: 'token_hash' })
  tokenHash!: Buffer

  @Column('bytea', { name: 'door_key_hash' })
  doorKeyHash!: Buffer

  @Column('bytea', { name: 'oauth_client_hash', nullable: true })
  oauthClientHash!: Buffer | null

  @Column('text', { nullable: true })
  workspace!: string | null

  /** Null: the vendor hasn't told yet. */
  @Column('jsonb', { nullable: true })
  identity!: VendorIdentity | null

  @Column('timestamptz', { name: 'vendor_token_expires_at', nullable: true })
  vendorTokenExpiresAt!: Date | null

  @Column('jsonb', { name: 'vendor_refusal', nullable: true })
  vendorRefusal!: VendorRefusal | null

  @Column('text')
  events!: EventsMode

  @Column('boolean')
  disabled!: boolean

  @Column('boolean', { name: 'trace_logging' })
  traceLogging!: boolean

  @Column('text', { name: 'external_authentication' })
  externalAuthentication!: ExternalAuthentication

  @Column('integer')
  version!: number

  @Column('integer')
  revision!: number

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null
}
