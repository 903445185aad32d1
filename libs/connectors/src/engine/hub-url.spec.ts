import { HubUrlError, parseHubUrl } from '../index.js'

test.each([
  ['/hubs/marketing/conversations', 'conversations'],
  ['/hubs/general/contacts', 'contacts'],
  ['/conversations', 'conversations'],
  ['conversations', 'conversations'],
  ["/hubs/general/contacts}'", 'contacts'],
  ["/hubs/general/messages}'", 'messages'],
  ['/hubs/general/messages}', 'messages'],
  ["/hubs/general/messages'", 'messages'],
  ['  /hubs/marketing/contacts ', 'contacts'],
  ['/hubs/marketing/messages/123/opens', 'messages/123/opens'],
  ['https://api.cloud-elements.com/elements/api-v2/hubs/marketing/contacts', 'contacts'],
])('%s asks for %s, whatever the hub', (url, resource) => {
  expect(parseHubUrl(url)).toEqual({ resource, parameters: {} })
})

test.each([
  ['/hubs/marketing/conversations?orderBy=updated_at desc', { field: 'updated_at', direction: 'desc' }],
  ['/hubs/marketing/conversations?orderBy=updated_at%20desc', { field: 'updated_at', direction: 'desc' }],
  ['/hubs/marketing/conversations?orderBy=updated_at+DESC', { field: 'updated_at', direction: 'desc' }],
  ['/hubs/marketing/conversations?orderBy=updated_at', { field: 'updated_at', direction: 'asc' }],
  ["/hubs/marketing/conversations?orderBy=updated_at desc}'", { field: 'updated_at', direction: 'desc' }],
])('%s is ordered', (url, orderBy) => {
  expect(parseHubUrl(url).orderBy).toEqual(orderBy)
})

test('the documented condition on a date is read, quotes and all', () => {
  const { where } = parseHubUrl("/hubs/crm/contacts?where=lastUpdated>'2026-11-21T02:00:00Z'")
  expect(where).toEqual([{ field: 'lastUpdated', operator: '>', values: ['2026-11-21T02:00:00Z'] }])
})

test.each([
  ["name = 'O''Brien & Co'", [{ field: 'name', operator: '=', values: ["O'Brien & Co"] }]],
  ["name='a=b'", [{ field: 'name', operator: '=', values: ['a=b'] }]],
  ['name="it\'s" and open=true', undefined],
  ["name LIKE 'A%'", [{ field: 'name', operator: 'LIKE', values: ['A%'] }]],
  ["name like '%25A%25'", [{ field: 'name', operator: 'LIKE', values: ['%A%'] }]],
  ["id IN ('1', 2,'3')", [{ field: 'id', operator: 'IN', values: ['1', '2', '3'] }]],
  ['phone IS NULL', [{ field: 'phone', operator: 'IS NULL', values: [] }]],
  ['phone is not null', [{ field: 'phone', operator: 'IS NOT NULL', values: [] }]],
  ['a<>1', [{ field: 'a', operator: '!=', values: ['1'] }]],
  ['a.b>=10', [{ field: 'a.b', operator: '>=', values: ['10'] }]],
  ["d>'2026-01-01T00:00:00+01:00'", [{ field: 'd', operator: '>', values: ['2026-01-01T00:00:00+01:00'] }]],
  ['d>2026-01-01T00:00:00+01:00', [{ field: 'd', operator: '>', values: ['2026-01-01T00:00:00+01:00'] }]],
  [
    "a+=+'1+1'+AND+b=2",
    [
      { field: 'a', operator: '=', values: ['1+1'] },
      { field: 'b', operator: '=', values: ['2'] },
    ],
  ],
])('where=%s', (where, conditions) => {
  if (conditions) expect(parseHubUrl(`/x?where=${where}`).where).toEqual(conditions)
  else expect(parseHubUrl(`/x?where=${encodeURIComponent(where)}`).where).toHaveLength(2)
})

test.each([
  ['a=1 OR b=2', [['a', 'b']]],
  [
    'a=1 or b=2 AND c=3',
    [
      ['a', 'b'],
      ['a', 'c'],
    ],
  ],
  ['a=1 AND (b=2 OR c=3) AND d=4', ['a', ['b', 'c'], 'd']],
  [
    '(a=1 OR b=2) AND (c=3 OR d=4)',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    '(a=1 AND b=2) OR (c=3 AND d=4)',
    [
      ['a', 'c'],
      ['a', 'd'],
      ['b', 'c'],
      ['b', 'd'],
    ],
  ],
  ['((a=1))', ['a']],
  ["(a IN ('(', ')') OR b IS NULL)", [['a', 'b']]],
])('where=%s is written as what has to hold, one of each', (where, clauses) => {
  const read = parseHubUrl(`/x?where=${where}`).where
  expect(read?.map(clause => ('any' in clause ? clause.any.map(({ field }) => field) : clause.field))).toEqual(clauses)
})

test('page size and other parameters are kept, the platform’s own paging is not', () => {
  const url = "/hubs/general/contacts?pageSize=50&status=unlisted&page=2&fields=email&where=email='a&b'"
  expect(parseHubUrl(url)).toEqual({
    resource: 'contacts',
    pageSize: 50,
    parameters: { status: 'unlisted' },
    where: [{ field: 'email', operator: '=', values: ['a&b'] }],
  })
})

test.each([
  ['/hubs/marketing', 'names no resource'],
  ['/hubs/marketing/', 'names no resource'],
  ['', 'names no resource'],
  ['/hubs/marketing/../../me', 'is no part of a resource’s path'.replace('’', "'")],
  ['/hubs/marketing/a b', "is no part of a resource's path"],
  ['/x?where=a', 'an operator (= != < <= > >= LIKE IN IS) should stand where "the end" does'],
  ['/x?where=a=1 OR', 'a field\'s name should stand where "the end" does'],
  ['/x?where=a=1 b=2', 'AND or OR should stand before "b"'],
  ['/x?where=(a=1 OR b=2', 'AND, OR or ) should stand where "the end" does'],
  ['/x?where=a=1)', 'AND or OR should stand before ")"'],
  [`/x?where=${'('.repeat(10_000)}a=1`, 'nested deeper than 20'],
  [`/x?where=${Array(30).fill('a=1 AND b=2').join(' OR ')}`, 'too many conditions'],
  ['/x?where=a IN 1', '( after IN should stand where "1" does'],
  ["/x?where=a='1&b=2", 'is a quote missing?'],
  ['/x?where=a=${gmtDate:yyyy}', 'have to be filled in first'],
  ['/x?orderBy=a desc, b asc', 'expected one field'],
  ['/x?pageSize=0', 'expected a whole number from 1'],
  ['/x?pageSize=many', 'expected a whole number from 1'],
])('%s is refused, and says what is wrong', (url, words) => {
  expect(() => parseHubUrl(url)).toThrow(HubUrlError)
  expect(() => parseHubUrl(url)).toThrow(words)
})
