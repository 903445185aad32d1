import { testDatabase, type TestDatabase } from '#test'
import { forgetPolledObject } from './forget-object.js'

let db: TestDatabase

beforeAll(async () => {
  db = await testDatabase()
  await db.pool.query('alter table polled_instance drop constraint polled_instance_instance_id_fkey')
})
afterAll(() => db.drop())

const versions = (...ids: string[]) => ids.map(id => [id, 1_000, `hash of ${id}`])

async function polled(instanceId: number, owner: string | null): Promise<void> {
  await db.pool.query(
    `insert into polled_instance (instance_id, account_id, enabled, due_at, lease_owner, epoch)
     values ($1, 1, true, now() + interval '1 minute', $2, nextval('polling_epoch'))`,
    [instanceId, owner],
  )
  for (const resource of ['contacts', 'companies']) {
    const state = {
      held: null,
      seen: versions('a', 'b', 'a'),
      deletions: { watermark: 1, held: null, seen: versions('a') },
    }
    await db.pool.query(
      `insert into polled_resource (instance_id, resource, next_due, since_ms, watermark_ms, state, checkpoint)
       values ($1, $2, now(), 0, 5000, $3, '{"start": 7, "position": {"cursor": "x"}}')`,
      [instanceId, resource, JSON.stringify(state)],
    )
    await db.pool.query(`insert into polled_object values ($1, $2, 'a', 'h'), ($1, $2, 'b', 'h')`, [
      instanceId,
      resource,
    ])
  }
}

const resourceOf = async (instanceId: number, resource: string) => {
  const { rows } = await db.pool.query<{ state: unknown; checkpoint: unknown }>(
    `select state, checkpoint from polled_resource where instance_id = $1 and resource = $2`,
    [instanceId, resource],
  )
  return rows[0]
}

test('hash, seen versions and place of the object’s resource go; all else stays', async () => {
  await polled(1, null)
  expect(await forgetPolledObject(db.pool, 1, 'contacts', 'a')).toBe(4)
  expect(await resourceOf(1, 'contacts')).toEqual({
    state: { held: null, seen: versions('b'), deletions: { watermark: 1, held: null, seen: [] } },
    checkpoint: { start: 7 },
  })
  expect(await resourceOf(1, 'companies')).toMatchObject({ checkpoint: { position: { cursor: 'x' } } })
  const { rows } = await db.pool.query(`select resource || ' ' || object_id as object from polled_object order by 1`)
  expect(rows.map((row: { object: string }) => row.object)).toEqual(['companies a', 'companies b', 'contacts b'])
  expect(await forgetPolledObject(db.pool, 1, 'contacts', 'a')).toBe(0)
})

test('a poller at work loses its lease, lest it writes its own copy back; one that rests keeps its due time', async () => {
  await polled(2, 'poller-1')
  await polled(3, null)
  const look = async () =>
    (
      await db.pool.query<{ epoch: string; owner: string | null; due: boolean }>(
        `select epoch, lease_owner as owner, due_at <= now() as due from polled_instance where instance_id in (2, 3) order by instance_id`,
      )
    ).rows
  const before = await look()
  for (const id of [2, 3]) await forgetPolledObject(db.pool, id, 'contacts', 'a')
  const [working, resting] = await look()
  expect(working).toMatchObject({ owner: null, due: true })
  expect(Number(working?.epoch)).toBeGreaterThan(Number(before[0]?.epoch))
  expect(resting).toEqual(before[1])
})

test('an instance or resource that isn’t polled has nothing to forget', async () => {
  expect(await forgetPolledObject(db.pool, 99, 'contacts', 'a')).toBe(0)
  expect(await forgetPolledObject(db.pool, 3, 'tickets', 'a')).toBe(0)
})
