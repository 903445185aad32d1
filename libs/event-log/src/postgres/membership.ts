import type { Pool, PoolClient } from 'pg'
import { numbers } from '#database'
import type { Cursor } from './fetch.js'
import { run, sqlState } from './queries.js'

/** A partition of the group as the last beat left it. */
export interface Owned {
  id: number
  topic: string
  partition: number
  epoch: bigint
  committed: bigint
  /** It should be another member's: to be given back after the batch under way. */
  surplus: boolean
}

export interface Beat {
  owned: Owned[]
  /** Members came or went, or something became free that others may claim: they should beat too. */
  changed: boolean
}

/** What of a commit was in force: partitions owned by this member under this epoch. */
export type Committed = ReadonlySet<number>

/**
 * A member's standing in its group. Everything is decided under the lock of the group's row, by the database's clock: who
 * is a member (a lease, renewed by beats), which partitions are whose (spread over the members by their order, so all
 * come to the same answer), and the epoch, which grows whenever a partition changes hands and guards every commit.
 */
export class Membership {
  constructor(
    private readonly pool: Pool,
    private readonly group: string,
    private readonly topics: readonly string[],
    private readonly member: string,
    private readonly leaseMs: number,
  ) {}

  /** Renews the lease, and claims what is this member's and free. */
  beat(): Promise<Beat> {
    return this.locked(async client => {
      const { group, member, topics } = this
      const { rowCount: expired } = await client.query(EXPIRE, [group, member])
      const { rows: renewed } = await client.query<{ joined: boolean }>(RENEW, [group, member, topics, this.leaseMs])
      const { rows: members } = await client.query<MemberRow>(MEMBERS, [group])
      await client.query(POSITIONS, [group, topics])
      const { rows } = await client.query<PositionRow>(STANDING, [group, topics])
      const alive = new Set(members.map(({ id }) => id))
      const free = rows.filter(row => row.owner === null || !alive.has(row.owner))
      const claimed = free.filter(row => this.targetOf(row, members) === member)
      const owned = rows.filter(row => row.owner === member).map(row => this.owned(row, members))
      if (claimed.length > 0) {
        const { rows: taken } = await client.query<ClaimRow>(CLAIM, [
          group,
          member,
          numbers(claimed.map(row => row.id)),
        ])
        const epochs = new Map(taken.map(row => [row.partition_id, row.epoch]))
        for (const row of claimed) owned.push(this.owned({ ...row, epoch: epochs.get(row.id) ?? row.epoch }, members))
      }
      return { owned, changed: (expired ?? 0) > 0 || (renewed[0]?.joined ?? false) }
    })
  }

  /** Saves how far the group got; never backwards, and only where this member still owns the partition. */
  async commit(cursors: readonly Cursor[]): Promise<Committed> {
    const { rows } = await run<{ partition_id: number }>(this.pool, COMMIT, [
      this.group,
      this.member,
      ...lists(cursors),
    ])
    return new Set(rows.map(row => row.partition_id))
  }

  /** Commits and gives back. */
  async release(cursors: readonly Cursor[]): Promise<void> {
    await run(this.pool, RELEASE, [this.group, this.member, ...lists(cursors)])
  }

  async leave(): Promise<void> {
    await this.locked(async client => {
      await client.query(`update event_log_position set owner = null where group_name = $1 and owner = $2`, [
        this.group,
        this.member,
      ])
      await client.query(`delete from event_log_member where group_name = $1 and id = $2`, [this.group, this.member])
    })
  }

  private owned(row: PositionRow, members: readonly MemberRow[]): Owned {
    const { id, topic, partition } = row
    const surplus = this.targetOf(row, members) !== this.member
    return { id, topic, partition, epoch: BigInt(row.epoch), committed: BigInt(row.committed), surplus }
  }

  private targetOf({ topic, partition }: PositionRow, members: readonly MemberRow[]): string | undefined {
    const interested = members.filter(({ topics }) => topics.includes(topic))
    return interested[partition % interested.length]?.id
  }

  private async locked<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    try {
      await client.query('begin')
      await client.query(`set local statement_timeout = '5s'`)
      const { rowCount } = await client.query('select from event_log_group where name = $1 for update', [this.group])
      if (rowCount === 0)
        await client.query('insert into event_log_group values ($1) on conflict do nothing', [this.group])
      const result = await work(client)
      await client.query('commit')
      client.release()
      return result
    } catch (error) {
      // A statement that the server refused leaves the connection usable; anything else may not.
      if (sqlState(error).length === 5) await client.query('rollback').catch(() => undefined)
      client.release(error instanceof Error ? error : true)
      throw error
    }
  }
}

function lists(cursors: readonly Cursor[]): string[] {
  return [
    numbers(cursors.map(cursor => cursor.id)),
    numbers(cursors.map(cursor => cursor.position)),
    numbers(cursors.map(cursor => cursor.epoch)),
  ]
}

interface MemberRow {
  id: string
  topics: string[]
}

interface PositionRow {
  id: number
  topic: string
  partition: number
  owner: string | null
  epoch: string
  committed: string
}

interface ClaimRow {
  partition_id: number
  epoch: string
}

const EXPIRE = `delete from event_log_member where group_name = $1 and id <> $2 and expires_at < clock_timestamp()`

const RENEW = `
  insert into event_log_member (group_name, id, topics, expires_at)
  values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
  on conflict (group_name, id) do update set expires_at = excluded.expires_at, topics = excluded.topics
  returning (xmax = 0) as joined`

const MEMBERS = `select id, topics from event_log_member where group_name = $1 order by id`

// A new group, and a topic that is new to the group, start at the earliest record.
const POSITIONS = `
  insert into event_log_position (group_name, partition_id)
  select $1, p.id from event_log_partition p
  where p.topic = any($2::text[])
    and not exists (select from event_log_position o where o.group_name = $1 and o.partition_id = p.id)
  on conflict do nothing`

const STANDING = `
  select p.id, p.topic, p.partition, o.owner, o.epoch, o.committed
  from event_log_position o join event_log_partition p on p.id = o.partition_id
  where o.group_name = $1 and p.topic = any($2::text[])
  order by p.id`

const CLAIM = `
  update event_log_position set owner = $2, epoch = epoch + 1
  where group_name = $1 and partition_id = any($3::int[])
  returning partition_id, epoch`

// Rows are locked in the order of their ids, as everyone does.
const guarded = (change: string): string => `
  with mine as materialized (
    select partition_id from event_log_position o
    join unnest($3::int[], $4::bigint[], $5::bigint[]) as w (id, committed, epoch)
      on w.id = o.partition_id and w.epoch = o.epoch
    where o.group_name = $1 and o.owner = $2::uuid
    order by partition_id for no key update of o
  )
  update event_log_position o set ${change}
  from mine join unnest($3::int[], $4::bigint[]) as w (id, committed) on w.id = mine.partition_id
  where o.group_name = $1 and o.partition_id = mine.partition_id and o.owner = $2::uuid
  returning o.partition_id`

const COMMIT = { name: 'event_log_commit', text: guarded('committed = greatest(o.committed, w.committed)') }

const RELEASE = {
  name: 'event_log_release',
  text: guarded('committed = greatest(o.committed, w.committed), owner = null'),
}
