import { testDatabase, type TestDatabase } from '#test'
import { rotateSignatureKey, signatureKey, unended, type SignatureKeys } from './signature-keys.js'
import { Fixture } from './testing/fixture.js'

const hour = 3_600_000
const now = Date.parse('2026-11-20T10:00:00Z')

/** Rotated by each step in turn; each begins at the one before's time. */
function after(...steps: { key: string; overlapMs: number; at: number }[]): SignatureKeys {
  let keys: SignatureKeys = { configuration: { [signatureKey]: 'first' }, retiredSignatureKeys: [] }
  for (const { key, overlapMs, at } of steps) {
    const { configuration = {}, retiredSignatureKeys = [] } = rotateSignatureKey(keys, key, overlapMs, at)
    keys = { configuration, retiredSignatureKeys }
  }
  return keys
}

const retired = (keys: SignatureKeys, at: number) => unended(keys, at).map(({ key }) => key)

test('the key before signs on until its time, and not a moment longer', () => {
  const keys = after({ key: 'second', overlapMs: hour, at: now })
  expect(keys.configuration[signatureKey]).toBe('second')
  expect(retired(keys, now + hour - 1)).toEqual(['first'])
  expect(retired(keys, now + hour)).toEqual([])
})

test('within an overlap two of the keys before sign on, the newest first, each for its own time', () => {
  const keys = after(
    { key: 'second', overlapMs: 3 * hour, at: now },
    { key: 'third', overlapMs: hour, at: now + 1 },
    { key: 'fourth', overlapMs: 2 * hour, at: now + 2 },
  )
  expect(retired(keys, now + 3)).toEqual(['third', 'second'])
  expect(retired(keys, now + hour + 1)).toEqual(['third'])
})

test('without an overlap every key before ends at once', () => {
  const keys = after({ key: 'second', overlapMs: hour, at: now }, { key: 'third', overlapMs: 0, at: now + 1 })
  expect([keys.configuration[signatureKey], retired(keys, now + 1)]).toEqual(['third', []])
})

test('a key that comes back is not a retired one; an instance without a key has none to retire', () => {
  const back = after({ key: 'second', overlapMs: hour, at: now }, { key: 'first', overlapMs: hour, at: now + 1 })
  expect(retired(back, now + 2)).toEqual(['second'])
  const none = { configuration: {}, retiredSignatureKeys: [] }
  expect(rotateSignatureKey(none, 'only', hour, now).retiredSignatureKeys).toEqual([])
})

describe('as they are stored', () => {
  let database: TestDatabase
  let fixture: Fixture

  beforeAll(async () => {
    database = await testDatabase()
    fixture = await Fixture.open(database)
  })
  afterAll(async () => {
    await fixture.close()
    await database.drop()
  })

  async function rotated(): Promise<number> {
    const { id } = await fixture.create({ configuration: { [signatureKey]: 'hush-1', extra: 'mine' } })
    await fixture.instances().update(id, current => rotateSignatureKey(current, 'hush-2', hour, now))
    return id
  }
  const read = async (id: number) => (await fixture.instances().byId(id))!

  test('they are sealed, and other changes leave them; so does deleting', async () => {
    const id = await rotated()
    const { rows } = await database.pool.query<{ text: string }>(
      `select row_to_json(i)::text || encode(secrets, 'escape') as text from instance i where id = $1`,
      [id],
    )
    expect(rows[0]!.text).not.toContain('hush')
    const kept = [{ key: 'hush-1', until: new Date(now + hour) }]
    const instances = fixture.instances()
    await instances.update(id, { name: 'Renamed' })
    await instances.update(id, ({ configuration }) => ({ configuration: { ...configuration, extra: 'other' } }))
    expect((await read(id)).retiredSignatureKeys).toEqual(kept)
    await instances.delete(id)
    expect(await read(id)).toMatchObject({ retiredSignatureKeys: kept, configuration: { [signatureKey]: 'hush-2' } })
  })

  test('a key that is written with the configuration takes the place of all others at once', async () => {
    const id = await rotated()
    await fixture.instances().update(id, { configuration: { [signatureKey]: 'hush-3' } })
    expect(await read(id)).toMatchObject({ retiredSignatureKeys: [], configuration: { [signatureKey]: 'hush-3' } })
  })
})
