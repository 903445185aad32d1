import type { Connectors } from '#connectors'
import { despiteDeadlocks } from '#database'
import { hashSecret, newSecret, type Vault } from '#vault'
import type { Pool } from 'pg'
import type { DataSource, EntityManager } from 'typeorm'
import { eventsMode, mayBeSecret, vendorCredentialKeys } from './configuration.js'
import { InstanceCache } from './instance-cache.js'
import { countUpTo, pageQuery, searchTextOf, type InstanceFilter } from './instance-list.js'
import { oauthClientHash, openRow, sealedColumns, type InstanceRow, type Sealable } from './instance-row.js'
import { InstanceEntity } from './instance.entity.js'
import type { Instance, InstanceChange, NewInstance } from './instance.js'
import { OutboxEntity } from './outbox/outbox.entity.js'
import { retiredAfter } from './signature-keys.js'
import { refusalAfter } from './vendor-refusal.js'

/** Hears of every change of an instance, within its transaction: a throw undoes the change. */
export type ChangeListener = (manager: EntityManager, instance: Instance) => Promise<void>

const byIdsSql = `
  select i.id, i.account_id as "accountId", i.company_id as "companyId", i.user_id as "userId",
         i.element_key as "elementKey", i.name, i.events, i.disabled, i.version, i.revision,
         i.trace_logging as "traceLogging", i.external_authentication as "externalAuthentication",
         i.vendor_token_expires_at as "vendorTokenExpiresAt", i.vendor_refusal as "vendorRefusal",
         i.created_at as "createdAt", i.deleted_at as "deletedAt",
         case when i.version = known.version then null else i.tags end as tags,
         case when i.version = known.version then null else i.configuration end as configuration,
         case when i.version = known.version then null else i.identity end as identity,
         case when i.version = known.version then null else i.secrets end as secrets
  from unnest($1::integer[], $2::integer[]) as known (id, version)
  join instance i on i.id = known.id`

// What the vendor tells of itself is nobody's edit.
const clientsOwn = ['name', 'tags', 'configuration', 'disabled', 'traceLogging', 'externalAuthentication'] as const

/**
 * The instances: the only way to their rows. Each change writes the instance, an outbox row that makes every process
 * drop its copy, and what listeners keep about it, in one transaction.
 */
export class Instances {
  readonly #listeners: ChangeListener[] = []
  readonly #cache = new InstanceCache()

  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: Pool,
    private readonly vault: Vault,
    private readonly connectors: Connectors,
  ) {}

  /** For what must change together with an instance: poll schedules, subscriptions. */
  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener)
  }

  /** Deleted ones included; null where there never was one. */
  async byId(id: number): Promise<Instance | null> {
    return (await this.byIds([id])).get(id) ?? null
  }

  /** As stored now, in one statement, deleted ones included. What hasn't changed since it was last read isn't decrypted again. */
  async byIds(ids: Iterable<number>): Promise<Map<number, Instance>> {
    const wanted = [...new Set(ids)]
    if (wanted.length === 0) return new Map()
    // The copies are held here, not looked up afterwards: another call may replace them while this one waits.
    const known = wanted.map(id => this.#cache.get(id))
    const { rows } = await this.pool.query<InstanceRow>({
      name: 'instances_by_ids',
      text: byIdsSql,
      values: [wanted, known.map(instance => instance?.version ?? 0)],
    })
    const copies = new Map(known.flatMap(instance => (instance ? [[instance.id, instance] as const] : [])))
    return new Map(
      rows.map(row => {
        const copy = copies.get(row.id)
        if (copy?.version === row.version) return [row.id, copy]
        const { instance } = this.open(row)
        this.#cache.put(instance)
        return [row.id, instance]
      }),
    )
  }

  /** The instance that an unguessable webhook URL names, deleted ones included. */
  async byDoorKey(doorKey: string): Promise<Instance | null> {
    const row = await this.dataSource.getRepository(InstanceEntity).findOneBy({ doorKeyHash: hashSecret(doorKey) })
    return row && this.open(row).instance
  }

  /**
   * Who gets a notification that came to another workspace's URL: the account's instances of the same OAuth client
   * (`oauth.api.key`) and element whose workspace this is. None where the client isn't known. Pollers don't.
   */
  async routed(
    accountId: number,
    elementKey: string,
    oauthClient: string | null | undefined,
    workspace: string,
  ): Promise<Instance[]> {
    if (!oauthClient) return []
    const rows = await this.dataSource
      .getRepository(InstanceEntity)
      .createQueryBuilder('i')
      .where('i.account_id = :accountId and i.element_key = :elementKey', { accountId, elementKey })
      .andWhere('i.oauth_client_hash = :client', { client: oauthClientHash(oauthClient) })
      .andWhere('i.workspace = :workspace', { workspace })
      .andWhere(`i.events <> 'polling' and i.deleted_at is null`)
      .orderBy('i.id')
      .getMany()
    return rows.map(row => this.open(row).instance)
  }

  /** By ascending id. */
  async list(filter: InstanceFilter, limit: number): Promise<Instance[]> {
    const rows = await pageQuery(this.dataSource.getRepository(InstanceEntity), filter, limit).getMany()
    return rows.map(row => this.open(row).instance)
  }

  /** How many a filter finds, whatever the page; null: more than `most`, so that nobody counts for long. */
  count(filter: InstanceFilter, most: number): Promise<number | null> {
    return countUpTo(this.dataSource.getRepository(InstanceEntity), filter, most)
  }

  async create(draft: NewInstance): Promise<Instance> {
    return this.dataSource.transaction(async manager => {
      const [drawn] = await manager.query<{ id: number }[]>(
        `select nextval(pg_get_serial_sequence('instance', 'id'))::integer as id`,
      )
      const now = new Date()
      const token = newSecret()
      const doorKey = newSecret()
      const row: InstanceRow & Partial<InstanceEntity> = {
        ...draft,
        ...this.derived(draft.elementKey, { ...draft, id: drawn!.id, token, doorKey, retiredSignatureKeys: [] }),
        id: drawn!.id,
        tags: [...draft.tags],
        searchText: searchTextOf({ ...draft, tags: [...draft.tags] }),
        tokenHash: hashSecret(token),
        doorKeyHash: hashSecret(doorKey),
        workspace: draft.identity?.workspace ?? null,
        disabled: false,
        traceLogging: false,
        vendorRefusal: null,
        externalAuthentication: draft.externalAuthentication ?? 'none',
        version: 1,
        revision: 1,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      }
      await manager.insert(InstanceEntity, row)
      return this.announce(manager, row)
    })
  }

  /**
   * Changes an instance under its row lock; `change` sees it as it is then. Null: there is none, or it's deleted.
   * Token renewals are `quiet`: nobody else keeps a copy of a token, so nobody is told.
   */
  async update(
    id: number,
    change: InstanceChange | ((current: Instance) => InstanceChange | null | Promise<InstanceChange | null>),
    options: { quiet?: boolean } = {},
  ): Promise<Instance | null> {
    const changing = async (manager: EntityManager) => {
      const locked = await this.lock(manager, id)
      if (!locked) return null
      const { instance: current, doorKey } = locked
      const changes = typeof change === 'function' ? await change(current) : change
      if (!changes) return current
      const next = {
        ...{ ...current, ...changes, doorKey },
        retiredSignatureKeys: retiredAfter(current, changes),
        vendorRefusal: refusalAfter(current, changes),
      }
      const isEdit = !options.quiet && clientsOwn.some(member => changes[member] !== undefined)
      const row: InstanceRow = {
        ...next,
        ...this.derived(current.elementKey, next),
        identity: changes.identity !== undefined ? changes.identity : current.identified ? current.identity : null,
        tags: [...next.tags],
        version: current.version + 1,
        revision: current.revision + (isEdit ? 1 : 0),
      }
      await this.save(manager, row)
      return options.quiet ? this.open(row).instance : this.announce(manager, row)
    }
    // A quiet change may ask the vendor, who must not be asked twice; and nobody hears of it who would lock anything else.
    if (options.quiet) return this.dataSource.transaction(changing)
    return despiteDeadlocks(() => this.dataSource.transaction(changing))
  }

  /**
   * Marks it deleted, and forgets what opens the vendor's API. What verifies webhooks and signs callbacks stays:
   * what was accepted is still delivered. `may` sees it under its lock. False: there is none, it's deleted already, or
   * it may not.
   */
  async delete(id: number, may: (current: Instance) => boolean = () => true): Promise<boolean> {
    const deleting = async (manager: EntityManager) => {
      const locked = await this.lock(manager, id)
      if (!locked || !may(locked.instance)) return false
      const { instance: current, doorKey } = locked
      const configuration = Object.fromEntries(
        Object.entries(current.configuration).filter(([key]) => !vendorCredentialKeys.has(key)),
      )
      const row: InstanceRow = {
        ...current,
        ...this.derived(current.elementKey, { ...current, configuration, doorKey }),
        identity: current.identified ? current.identity : null,
        tags: [...current.tags],
        version: current.version + 1,
        revision: current.revision + 1,
        vendorTokenExpiresAt: null,
        vendorRefusal: null,
        deletedAt: new Date(),
      }
      await this.save(manager, row)
      await this.announce(manager, row)
      return true
    }
    return despiteDeadlocks(() => this.dataSource.transaction(deleting))
  }

  private async lock(manager: EntityManager, id: number): Promise<{ instance: Instance; doorKey: string } | null> {
    const row = await manager.findOne(InstanceEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })
    return row && !row.deletedAt ? this.open(row) : null
  }

  private async save(manager: EntityManager, row: InstanceRow): Promise<void> {
    const { id, name, tags, configuration, secrets, identity, events, disabled, version, deletedAt } = row
    const { traceLogging, externalAuthentication, revision, vendorRefusal } = row
    const { oauthClientHash, vendorTokenExpiresAt } = row as InstanceEntity
    await manager.update(InstanceEntity, id, {
      ...{ name, tags, configuration, secrets, identity, events, disabled, version, deletedAt },
      ...{ traceLogging, externalAuthentication, revision, vendorRefusal },
      ...{ oauthClientHash, vendorTokenExpiresAt, workspace: identity?.workspace ?? null, updatedAt: new Date() },
      searchText: searchTextOf(row),
    })
  }

  /** What follows from a configuration: its stored halves, and how the instance learns of changes. */
  private derived(
    elementKey: string,
    instance: Sealable & Partial<Pick<Instance, 'events'>>,
  ): Pick<InstanceEntity, 'configuration' | 'secrets' | 'oauthClientHash' | 'events'> {
    const { configuration, events } = instance
    const connector = this.connectors.get(elementKey)
    const secretFields = connector
      ? connector.fields.filter(field => field.secret).map(field => field.key)
      : Object.keys(configuration).filter(mayBeSecret)
    return {
      ...sealedColumns(this.vault, instance, new Set(secretFields)),
      events: eventsMode(configuration, connector?.hasWebhooks ?? events === 'webhook'),
    }
  }

  private async announce(manager: EntityManager, row: InstanceRow): Promise<Instance> {
    const { instance } = this.open(row)
    const deleted = instance.deletedAt !== null
    await manager.insert(OutboxEntity, { instanceId: instance.id, version: instance.version, deleted })
    for (const listener of this.#listeners) await listener(manager, instance)
    return instance
  }

  private open(row: InstanceRow): { instance: Instance; doorKey: string } {
    const connector = this.connectors.get(row.elementKey)
    return openRow(this.vault, row, configuration => connector?.verifiesBy(configuration) ?? false)
  }
}
