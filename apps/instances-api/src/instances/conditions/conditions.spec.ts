import { Instances } from '#instances'
import { apiFixture } from '../../testing/api-fixture.js'
import type { Answer } from '../../testing/running-api.js'
import type { InstanceBody } from '../instance.dto.js'
import { readEntityTags } from './entity-tag.js'

const here = apiFixture()

const tagOf = ({ headers }: Answer) => headers.get('etag') ?? ''

async function created(
  configuration: Record<string, unknown> = {},
): Promise<{ path: string; tag: string; id: number }> {
  const { id } = await here.create({}, configuration)
  const path = `/instances/${id}`
  return { id, path, tag: tagOf(await here.api.call('GET', path)) }
}

const under = (tag: string) => ({ headers: { 'if-match': tag } })

test('every answer about one instance carries a strong tag, that of what it shows', async () => {
  const body = { element: { key: 'intercom' }, name: 'Mine', configuration: { 'oauth.user.token': 'tok' } }
  const made = await here.api.call('POST', '/instances', { body })
  expect(tagOf(made)).toMatch(/^"[\x21\x23-\x7e]+"$/)
  const path = `/instances/${(made.body as InstanceBody).id}`
  expect(tagOf(await here.api.call('GET', path))).toBe(tagOf(made))
  const seen = [tagOf(made)]
  for (const [method, suffix, change] of [
    ['PATCH', '', { name: 'Renamed' }],
    ['PUT', '', { name: 'Replaced', configuration: { 'oauth.user.token': '********' } }],
    ['DELETE', '/enabled'],
    ['PUT', '/enabled'],
    ['PUT', '/trace-logging'],
  ] as const) {
    const answer = await here.api.call(method, path + suffix, change ? { body: change } : {})
    expect([method, suffix, answer.status]).toEqual([method, suffix, 200])
    expect(tagOf(await here.api.call('GET', `/elements/intercom${path}`))).toBe(tagOf(answer))
    seen.push(tagOf(answer))
  }
  expect(new Set(seen).size).toBe(seen.length)
})

test('a change under an older tag is 412 and changes nothing, whichever call it is', async () => {
  const { id, path, tag } = await created()
  await here.api.call('PATCH', path, { body: { name: 'Another was faster' } })
  const before = await here.stored(id)
  const entry = `${path}/configuration/event.notification.enabled`
  for (const [method, at, body] of [
    ['PATCH', path, { name: 'Lost' }],
    ['PUT', path, { name: 'Lost', configuration: { 'oauth.user.token': '********' } }],
    ['DELETE', path],
    ['DELETE', `${path}/enabled`],
    ['PUT', `${path}/enabled`],
    ['PUT', `${path}/trace-logging`],
    ['PATCH', entry, { propertyValue: 'true' }],
    ['PATCH', `/elements/intercom${path}`, { name: 'Lost' }],
    ['DELETE', `/elements/intercom${path}`],
  ] as const) {
    const answer = await here.api.call(method, at, { ...under(tag), ...(body && { body }) })
    const told = { message: expect.stringContaining('If-Match') as unknown, requestId: expect.any(String) as unknown }
    expect([method, at, answer.status, answer.body]).toMatchObject([method, at, 412, told])
  }
  expect(await here.stored(id)).toEqual(before)
  const now = tagOf(await here.api.call('GET', path))
  expect((await here.api.call('PATCH', path, { ...under(now), body: { name: 'In time' } })).status).toBe(200)
})

test('of many changes under one tag, one is made', async () => {
  const { id, path, tag } = await created()
  const names = Array.from({ length: 8 }, (_, at) => `Name ${at}`)
  const answers = await Promise.all(names.map(name => here.api.call('PATCH', path, { ...under(tag), body: { name } })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 412)])
  const won = answers.findIndex(({ status }) => status === 200)
  expect(await here.stored(id)).toMatchObject({ name: names[won] })
})

test('a renewed token fails no client’s condition, though the answer looks different; a changed secret does', async () => {
  const { id, path, tag } = await created({ 'event.notification.signature.key': 'one' })
  const renewed = { 'oauth.user.token': 'new', 'oauth.user.refresh_time': '1' }
  await here.api.app
    .get(Instances)
    .update(id, ({ configuration }) => ({ configuration: { ...configuration, ...renewed } }), { quiet: true })
  const since = await here.api.call('GET', path, { headers: { 'if-none-match': tag } })
  expect([since.status, since.body]).toMatchObject([200, { configuration: { 'oauth.user.refresh_time': '1' } }])
  const secret = { configuration: { 'event.notification.signature.key': 'two' } }
  const changed = await here.api.call('PATCH', path, { ...under(tag), body: secret })
  expect(changed.status).toBe(200)
  expect([tag, tagOf(since)]).not.toContain(tagOf(changed))
  expect((await here.api.call('PATCH', path, { ...under(tagOf(since)), body: { name: 'x' } })).status).toBe(412)
})

test('a condition may be *, or a list; weak tags never match', async () => {
  const { path, tag } = await created()
  const statusUnder = async (value: string) =>
    (await here.api.call('PATCH', path, { ...under(value), body: {} })).status
  expect(await statusUnder(`W/${tag}`)).toBe(412)
  expect(await statusUnder('"an,other", "1.aaaaaaaaaaaaaaaa,"')).toBe(412)
  expect(await statusUnder(`"an,other" ,, ${tag},`)).toBe(200)
  expect(await statusUnder('*')).toBe(200)
  expect((await here.api.call('PATCH', '/instances/2147483647', { ...under('*'), body: {} })).status).toBe(404)
})

test.each([['abc'], ['"open'], ['w/"x"'], ['"a" "b"'], ['*, "a"'], [',']])(
  'a condition that is no list of tags is refused: %s',
  async value => {
    const { path } = await created()
    for (const name of ['if-match', 'if-none-match']) {
      const answer = await here.api.call('PATCH', path, { headers: { [name]: value }, body: { name: 'Lost' } })
      expect([answer.status, (answer.body as { message: string }).message]).toEqual([
        400,
        expect.stringMatching(/^If-(None-)?Match: /),
      ])
    }
    expect((await here.api.call('GET', path)).body).toMatchObject({ name: 'Mine' })
  },
)

test('a reader that has the answer already gets 304 and its tag, nothing else', async () => {
  const { path, tag } = await created()
  for (const value of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const answer = await here.api.call('GET', path, { headers: { 'if-none-match': value } })
    expect([value, answer.status, answer.body, tagOf(answer)]).toEqual([value, 304, '', tag])
    expect(answer.headers.get('elements-request-id')).toMatch(/^[0-9a-f]{24}$/)
  }
  expect((await here.api.call('GET', path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  expect((await here.api.call('GET', path, under('"other"'))).status).toBe(412)
  expect((await here.api.call('GET', path, under(tag))).status).toBe(200)
  const change = { headers: { 'if-none-match': tag }, body: { name: 'Lost' } }
  expect((await here.api.call('PATCH', path, change)).status).toBe(412)
})

test('an entry of the configuration goes by its instance’s tag', async () => {
  const { path, tag } = await created()
  const entry = `${path}/configuration/event.notification.callback.url`
  const read = await here.api.call('GET', entry)
  expect((await here.api.call('GET', entry, { headers: { 'if-none-match': tagOf(read) } })).status).toBe(304)
  const body = { propertyValue: 'https://a.example/hook' }
  const changed = await here.api.call('PATCH', entry, { ...under(tag), body })
  expect([changed.status, changed.body]).toMatchObject([200, body])
  expect((await here.api.call('PATCH', entry, { ...under(tagOf(read)), body })).status).toBe(412)
  expect((await here.api.call('PATCH', entry, { ...under(tagOf(changed)), body })).status).toBe(200)
})

test('tags are read as RFC 9110 writes them', () => {
  expect(readEntityTags(' * ')).toBe('*')
  expect(readEntityTags('"a,b", W/"", ,"!#"')).toEqual([
    { weak: false, opaque: 'a,b' },
    { weak: true, opaque: '' },
    { weak: false, opaque: '!#' },
  ])
  expect(readEntityTags(`"a",${' '.repeat(60_000)}x`)).toBeNull()
})
