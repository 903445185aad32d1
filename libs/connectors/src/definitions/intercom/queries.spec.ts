import { queryOf, scripted, sent, type ScriptedAnswer } from '../../../test/scripted-vendor.js'
import { Connector, parseHubUrl, type ListRequest, type Page, type VendorSession } from '../../index.js'
import { intercom } from './index.js'

const connector = new Connector(intercom)
const session: VendorSession = {
  configuration: { 'oauth.user.token': 'dG9r' },
  identity: { workspace: 'vne310wv', timeZone: 'America/New_York', variables: { site: 'US' } },
}
const emptyContacts = { body: { type: 'list', data: [] } }

async function list(url: string, answer: ScriptedAnswer, more: Partial<ListRequest> = {}) {
  const vendor = scripted(answer)
  const outcome = await connector.listPage(session, { ...parseHubUrl(url), ...more }, vendor.http)
  return { outcome, request: vendor.requests[0], page: outcome as Page }
}

function seconds(date: string): number {
  return Date.parse(date) / 1000
}

test.each([
  ["name LIKE '%Ann%'", { field: 'name', operator: '~', value: 'Ann' }],
  ["name LIKE 'Ann%'", { field: 'name', operator: '^', value: 'Ann' }],
  ["name LIKE '%Ann'", { field: 'name', operator: '$', value: 'Ann' }],
  ["name LIKE 'Ann'", { field: 'name', operator: '=', value: 'Ann' }],
  ["id IN ('1','2')", { field: 'id', operator: 'IN', value: ['1', '2'] }],
  ['owner_id = 7', { field: 'owner_id', operator: '=', value: 7 }],
  ['unsubscribed_from_emails = true', { field: 'unsubscribed_from_emails', operator: '=', value: true }],
])('where=%s is put in the vendor’s words', async (where, condition) => {
  const { request } = await list(`/contacts?where=${where}`, emptyContacts)
  expect(sent(request)).toMatchObject({ query: { value: [condition] } })
})

test('alternatives are groups within the outer one; of one field they are a list', async () => {
  const where = "(role='lead' OR email LIKE '%@x.example') AND name!='A' AND (tag_id='1' OR tag_id='2')"
  const { request } = await list(`/contacts?where=${where}`, emptyContacts)
  expect(sent(request)).toMatchObject({
    query: {
      operator: 'AND',
      value: [
        {
          operator: 'OR',
          value: [
            { field: 'role', operator: '=', value: 'lead' },
            { field: 'email', operator: '$', value: '@x.example' },
          ],
        },
        { field: 'name', operator: '!=', value: 'A' },
        { field: 'tag_id', operator: 'IN', value: ['1', '2'] },
      ],
    },
  })
})

test('of alternatives that are compared roughly, a record that meets none is left out', async () => {
  const at = (id: string, updated: string, created: string) => ({
    ...{ id, updated_at: seconds(updated), created_at: seconds(created) },
  })
  const where = "updated_at>'2026-01-10T12:00:00Z' OR created_at<'2020-01-01T00:00:00Z'"
  const { request, page } = await list(`/conversations?where=${where}`, {
    body: {
      total_count: 3,
      conversations: [
        at('late', '2026-01-10T12:00:01Z', '2025-01-01T00:00:00Z'),
        at('neither', '2026-01-10T12:00:00Z', '2020-01-01T00:00:00Z'),
        at('old', '2020-01-10T12:00:00Z', '2019-12-31T23:59:59Z'),
      ],
    },
  })
  expect(sent(request)).toMatchObject({
    query: { value: [{ operator: 'OR', value: [{ field: 'updated_at' }, { field: 'created_at' }] }] },
  })
  expect(page.records.map(({ id }) => id)).toEqual(['late', 'old'])
  expect(page.total).toBeUndefined()
})

test('the whole listing’s count is told where nothing was left out of the answer', async () => {
  expect((await list('/contacts', { body: { data: [], total_count: 72 } })).page.total).toBe(72)
  expect((await list("/contacts?where=role='user'", { body: { data: [], total_count: 7 } })).page.total).toBe(7)
  expect((await list('/tags', { body: { data: [{ id: '1' }] } })).page.total).toBe(1)
  expect((await list('/contacts', emptyContacts)).page).not.toHaveProperty('total')
})

test('a page can be begun with where the vendor counts its pages', async () => {
  const articles = { body: { data: [{ id: '1' }], pages: { total_pages: 4 } } }
  const { request, page } = await list('/articles', articles, { page: 3, pageSize: 20 })
  expect(queryOf(request)).toMatchObject({ page: '3', per_page: '20' })
  expect(page.next).toBe('4')
  const companies = await list('/companies', { body: { data: [], pages: { total_pages: 1 } } }, { page: 1 })
  expect(companies.request?.url).toContain('/companies/list?')
  expect((await list('/contacts', emptyContacts, { page: 1 })).request?.url).not.toContain('starting_after')
  expect((await list('/contacts', emptyContacts, { page: 2 })).outcome).toMatchObject({
    ...{ kind: 'rejected', status: 0, message: "Intercom: page: 2 can't be asked for; follow nextPage" },
  })
})

const sixteen = Array.from({ length: 16 }, (_, index) => `name LIKE '${index}%'`)

test.each([
  ["/contacts?where=role='lead' OR updated_at>'2026-01-10T12:00:00Z'", 'only compared roughly'],
  [
    "/conversations?where=created_at='2026-01-10T12:00:00Z' OR updated_at>'2026-01-10T12:00:00Z'",
    "can't stand beside OR",
  ],
  [`/contacts?where=${sixteen.join(' OR ')}`, "16 conditions joined by OR can't be asked; 15 can"],
  [`/contacts?where=${sixteen.join(' AND ')}`, "more than 15 conditions can't be asked at once"],
  ["/contacts?where=role='lead' OR shoe_size=4", '"shoe_size" can\'t be filtered by'],
  ['/contacts?where=phone IS NULL', '"phone IS NULL" can\'t be asked; "phone" takes =, !=, >, <, IN, LIKE'],
  ["/contacts?where=updated_at IN ('2026-01-10')", '"updated_at" takes =, <, <=, >, >='],
  ["/contacts?where=shoe_size='44'", 'where: "shoe_size" can\'t be filtered by; these can: id, external_id'],
  ["/contacts?where=name LIKE 'A%n'", '"name LIKE A%n" can\'t be asked'],
  ["/contacts?where=updated_at>'soon'", '"soon" is no date to compare "updated_at" with'],
  ['/contacts?where=owner_id=x', '"x" is no number to compare "owner_id" with'],
  ['/contacts?where=unsubscribed_from_emails=maybe', 'should be true or false'],
  ['/contacts?orderBy=shoe_size', 'orderBy: "shoe_size" can\'t be ordered by'],
  ['/tags?where=id=1', '"id" can\'t be filtered by; nothing can here'],
  ['/contacts?colour=red', '"colour" is no parameter of this resource; these are: where, orderBy, pageSize'],
  ['/events', 'Intercom has no resource "events"; expected one of contacts, users, leads, conversations'],
])('%s is told to be beyond the vendor, without a request', async (url, words) => {
  const vendor = scripted()
  const outcome = await connector.listPage(session, parseHubUrl(url), vendor.http)
  expect(outcome).toMatchObject({ kind: 'rejected', status: 0, message: expect.stringContaining(words) as unknown })
  expect(connector.faults(parseHubUrl(url)).join()).toContain(words)
  expect(vendor.requests).toEqual([])
})
