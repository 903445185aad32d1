import { apiFixture } from '../testing/api-fixture.js'
import type { Answer } from '../testing/running-api.js'
import type { RotatedSignatureKeyBody } from './signature-key.dto.js'

const here = apiFixture()

const setting = 'event.notification.signature.key'
const hour = 3_600_000

async function signed(configuration: Record<string, string> = { [setting]: 'first' }): Promise<number> {
  return (await here.create({}, configuration)).id
}

const call = (method: string, id: number | string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  here.api.call(method, `//api/instances/${id}/signature-key`, { body, ...(headers && { headers }) })

const message = ({ body }: Answer) => (body as { message: string }).message

test('a rotation shows the new key once, keeps the one before for a day, and tells when it ends', async () => {
  const id = await signed()
  const before = Date.now()
  const { status, body } = await call('POST', id)
  const { key, configured, retiredUntil } = body as RotatedSignatureKeyBody
  expect([status, configured, retiredUntil.length]).toEqual([200, true, 1])
  expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const end = Date.parse(retiredUntil[0]!)
  expect(end).toBeGreaterThanOrEqual(before + 24 * hour)
  expect(end).toBeLessThanOrEqual(Date.now() + 24 * hour)
  const stored = await here.stored(id)
  expect(stored).toMatchObject({
    configuration: { [setting]: key },
    retiredSignatureKeys: [{ key: 'first', until: new Date(end) }],
  })
  const shown = [await call('GET', id), await here.api.call('GET', `/instances/${id}`)]
  expect(shown[0]!.body).toEqual({ configured: true, retiredUntil })
  expect(shown[1]!.body).toMatchObject({ configuration: { [setting]: '********' } })
  for (const secret of [key, 'first']) expect(JSON.stringify(shown.map(answer => answer.body))).not.toContain(secret)
})

test('a key of one’s own and the length of the overlap may be given; DELETE ends it at once', async () => {
  const id = await signed()
  const rotated = await call('POST', id, { key: 'second', overlapHours: 0.5 })
  const [end] = (rotated.body as RotatedSignatureKeyBody).retiredUntil
  expect([rotated.status, (rotated.body as RotatedSignatureKeyBody).key]).toEqual([200, 'second'])
  expect(Math.abs(Date.parse(end!) - Date.now() - hour / 2)).toBeLessThan(60_000)
  const ended = await call('DELETE', id)
  expect([ended.status, ended.body]).toEqual([200, { configured: true, retiredUntil: [] }])
  expect(await here.stored(id)).toMatchObject({ configuration: { [setting]: 'second' }, retiredSignatureKeys: [] })
  const again = await call('DELETE', id)
  expect([again.status, again.body]).toEqual([200, ended.body])
})

test('an overlap of nothing ends every key before; an instance without a key gets its first', async () => {
  const id = await signed({})
  expect((await call('GET', id)).body).toEqual({ configured: false, retiredUntil: [] })
  expect((await call('POST', id)).body).toMatchObject({ configured: true, retiredUntil: [] })
  await call('POST', id, { key: 'second' })
  await call('POST', id, { key: 'third' })
  expect(((await call('POST', id, { key: 'fourth' })).body as RotatedSignatureKeyBody).retiredUntil).toHaveLength(2)
  expect((await call('POST', id, { key: 'fifth', overlapHours: 0 })).body).toMatchObject({ retiredUntil: [] })
})

test('other changes leave the overlap, PUT of what GET shows too; another key in the configuration ends it', async () => {
  const id = await signed()
  await call('POST', id, { key: 'second' })
  await here.api.call('PATCH', `/instances/${id}`, { body: { name: 'Renamed' } })
  const { configuration } = (await here.api.call('GET', `/instances/${id}`)).body as { configuration: object }
  const replaced = await here.api.call('PUT', `/instances/${id}`, { body: { name: 'Replaced', configuration } })
  expect(replaced.status).toBe(200)
  expect(await here.stored(id)).toMatchObject({
    configuration: { [setting]: 'second' },
    retiredSignatureKeys: [{ key: 'first' }],
  })
  await here.api.call('PATCH', `/instances/${id}`, { body: { configuration: { [setting]: 'third' } } })
  expect(await here.stored(id)).toMatchObject({ configuration: { [setting]: 'third' }, retiredSignatureKeys: [] })
})

test.each<[unknown, RegExp[]]>([
  [[], [/^body: \[\] is not an object/]],
  [{ key: 7 }, [/^key: is not a text/]],
  [{ key: ' ' }, [/^key: is empty/]],
  [{ key: '********' }, [/^key: "\*{8}" is what keys are shown as/]],
  [{ key: '<KEY>' }, [/^key: "<KEY>" is a placeholder/]],
  [{ key: 'a\0b' }, [/^key: has a NUL/]],
  [{ key: 'k'.repeat(1_025) }, [/^key: has 1025 characters/]],
  [{ key: 'whsec_hunter2!', overlapHours: -1 }, [/^key: begins with whsec_/, /^overlapHours: -1 is not a number/]],
  [{ overlapHours: '24' }, [/^overlapHours: "24" is not a number from 0 to 720/]],
  [{ overlapHours: 720.1 }, [/^overlapHours: 720.1 is not/]],
])('%j is refused with every fault, and nothing changes', async (body, faults) => {
  const id = await signed()
  const refused = await call('POST', id, body)
  expect([refused.status, message(refused).split('\n')]).toEqual([
    400,
    faults.map(fault => expect.stringMatching(fault) as unknown),
  ])
  expect(message(refused)).not.toContain('hunter2')
  expect(await here.stored(id)).toMatchObject({ configuration: { [setting]: 'first' }, retiredSignatureKeys: [] })
})

test('the key in use is no new one; another account’s instance, and none, is 404', async () => {
  const id = await signed()
  expect((await call('POST', id, { key: 'first' })).status).toBe(409)
  const authorization = here.stranger
  for (const method of ['GET', 'POST', 'DELETE']) {
    const path = `//api/instances/${id}/signature-key`
    expect((await here.api.call(method, path, { authorization })).status).toBe(404)
    expect((await call(method, 2_147_483_647)).status).toBe(404)
  }
  expect(await here.stored(id)).toMatchObject({ configuration: { [setting]: 'first' }, version: 1 })
})

test('repeated under its Idempotency-Key, a rotation is one, and its key isn’t lost with the first answer', async () => {
  const id = await signed()
  const headers = { 'idempotency-key': 'rotate-once' }
  const first = await call('POST', id, {}, headers)
  const second = await call('POST', id, {}, headers)
  expect([second.status, second.body]).toEqual([200, first.body])
  expect(await here.stored(id)).toMatchObject({ version: 2 })
})
