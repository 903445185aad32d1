import { queryOf, scripted, type ScriptedAnswer } from '../../../test/scripted-vendor.js'
import { Connector, parseHubUrl, type ListRequest, type Page, type VendorSession } from '../../index.js'
import { icontact } from './index.js'

const connector = new Connector(icontact)
const session: VendorSession = {
  configuration: { 'api.version': '2.2', AppID: 'app', 'api.username': 'user', 'api.password': 'secret' },
  identity: { variables: { site: 'default', accountId: '413323', clientFolderId: '124667' } },
}

async function list(url: string, answer: ScriptedAnswer, more: Partial<ListRequest> = {}) {
  const vendor = scripted(answer)
  const outcome = await connector.listPage(session, { ...parseHubUrl(url), ...more }, vendor.http)
  return { request: vendor.requests[0], page: outcome as Page }
}

function rows(count: number, total: number, limit = 500): ScriptedAnswer {
  const contacts = Array.from({ length: count }, (_, index) => ({ contactId: String(index) }))
  return { body: { contacts, total, limit } }
}

test('rows are counted, with some of the page before read again, since rows move up when one is deleted', async () => {
  expect((await list('/contacts', rows(500, 1200))).page.next).toBe('480/1200')
  expect((await list('/contacts', rows(500, 1200), { overlapPages: false })).page.next).toBe('500/1200')
  expect((await list('/contacts', rows(500, 1200), { cursor: '480/1200' })).page.next).toBe('960/1200')
  expect((await list('/contacts', rows(240, 1200), { cursor: '960' })).page.next).toBeNull()
})

test('rows are counted with no more than a quarter of a page read again, where the vendor holds to small ones', async () => {
  expect((await list('/contacts', rows(20, 45, 20))).page.next).toBe('15/45')
  expect((await list('/contacts', rows(1, 3, 1), { cursor: '1' })).page.next).toBe('2/3')
})

test('rows are counted by the limit that the vendor held to, not by the one it was asked for', async () => {
  expect((await list('/contacts', rows(20, 45, 20), { overlapPages: false })).page.next).toBe('20/45')
  expect((await list('/contacts', rows(5, 45, 20), { cursor: '40' })).page.next).toBeNull()
})

test('rows are counted from further back where more than those are gone: the total tells how many', async () => {
  const { request, page } = await list('/contacts', rows(500, 1140), { cursor: '480/1200' })
  expect(queryOf(request)).toMatchObject({ offset: '480' })
  expect(page).toMatchObject({ next: '420/1140', total: 1140 })
  expect((await list('/contacts', rows(500, 1140), { cursor: '420/1140' })).page.next).toBe('900/1140')
  // As few as are read again anyway.
  expect((await list('/contacts', rows(500, 1180), { cursor: '480/1200' })).page.next).toBe('960/1180')
  // Also at what looks like the end, and beyond it.
  expect((await list('/contacts', rows(10, 970), { cursor: '960/1200' })).page.next).toBe('730/970')
  expect((await list('/contacts', rows(0, 400), { cursor: '480/1200' })).page.next).toBe('0/400')
})

test('rows are counted to their end where the total is stale or absent', async () => {
  expect((await list('/contacts', rows(100, 610), { cursor: '500' })).page.next).toBe('600/610')
  expect((await list('/contacts', rows(0, 610), { cursor: '600' })).page.next).toBeNull()
  const full = { body: { contacts: Array.from({ length: 500 }, () => ({})) } }
  expect((await list('/contacts', full)).page.next).toBe('480')
  expect((await list('/contacts', { body: { contacts: [{}] } })).page.next).toBeNull()
})

test('a cursor of another kind begins the listing anew', async () => {
  expect(
    await connector.listPage(session, { ...parseHubUrl('/contacts'), cursor: 'WzE3' }, scripted().http),
  ).toMatchObject({
    kind: 'unavailable',
    restart: true,
  })
})
