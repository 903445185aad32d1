import { DateSyntaxError, renderTemplate } from './index.js'

const since = Date.UTC(2018, 6, 31, 19, 39, 46, 123)
const now = Date.UTC(2018, 6, 31, 19, 54, 0)

function rendered(url: string): string {
  return renderTemplate(url, { since, now })
}

function faultOf(url: string): { fault: string; found: string; message: string } {
  try {
    rendered(url)
  } catch (error) {
    if (error instanceof DateSyntaxError) return { fault: error.fault, found: error.found, message: error.message }
  }
  throw new Error(`${url} was rendered`)
}

test.each([
  ['${gmtDate:yyyy-MM-dd}', '2018-07-31'],
  ["${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}", '2018-07-31T19:39:46Z'],
  ['${gmtDate}', '2018-07-31T19:39:46Z'],
  ["${date:yyyy-MM-dd'T'HH:mm:ssXXX}", '2018-07-31T19:39:46Z'],
  ['${date:yyyy-MM-dd HH:mm:ss -0800}', '2018-07-31 19:39:46 -0800'],
  ['${date}', '2018-07-31T19:39:46Z'],
  ['${date:milliseconds}', '1533065986123'],
  ["${date:milliseconds'}", '1533065986123'],
  ['${date:timestamp}', '1533065986'],
  ['${dateTimeZone:PST:yyyy-MM-dd HH:mm:ss z}', '2018-07-31 12:39:46 PDT'],
  ['${DateTimeZone:EST:HH:mm:ss}', '14:39:46'],
  ['${dateTimeZone:America/Denver:MM/dd/yyyy hh:mm a}', '07/31/2018 01:39 PM'],
  ['${dateTimeZone:-8:00:HH:mm}', '11:39'],
  ['${dateTimeZone:+05:30:HH:mm}', '01:09'],
  ['${dateTimeZone:-8:HH:mm}', '11:39'],
  ['${dateTimeZone:GMT+05:30:HH:mm}', '01:09'],
  ['${dateTimeZone:GMT-3:HH:mm}', '16:39'],
  ['${dateTimeZone:PST}', '2018-07-31T12:39:46-07:00'],
  ["${nowTimeZone:GMT:yyyy-MM-dd'T'HH:mm:ss}", '2018-07-31T19:54:00'],
  ['${nowTimeZone:GMT}', '2018-07-31T19:54:00Z'],
  ['${epoch}', '1533065986123'],
  ['${epoch:ms}', '1533065986123'],
  ['${epoch:0}', '1533065986123'],
  ['${epoch:s}', '1533065986'],
  ['${epoch:us}', '1533065986123000'],
  ['${milliseconds}', '1533065986123'],
  ["${yyyy-MM-dd'T'HH:mm:ss}", '2018-07-31T19:39:46'],
  ["${gmtDate:yyyy '{}' 'a:b' ''}", "2018 {} a:b '"],
])('%s is %s', (template, value) => {
  expect(rendered(`/x?a=${template}&b`)).toBe(`/x?a=${value}&b`)
})

test("the documents' own URLs are filled in, their noise left as it is", () => {
  expect(rendered("/hubs/crm/contacts?where=lastUpdated>'${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'")).toBe(
    "/hubs/crm/contacts?where=lastUpdated>'2018-07-31T19:39:46Z'",
  )
  expect(rendered("/hubs/general/contacts}'")).toBe("/hubs/general/contacts}'")
})

test('a URL can hold several variables', () => {
  expect(rendered("/a?f=${gmtDate:yyyy-MM-dd'T'HH}&t=${nowTimeZone:PST:HH:mm}&e=${epoch:s}")).toBe(
    '/a?f=2018-07-31T19&t=12:54&e=1533065986',
  )
})

test('a stray quote at the end of a format hides neither its brace nor the next variable', () => {
  const url = "/a?f='${gmtDate:yyyy-MM-dd'T'HH:mm:ssXXX'}'&t='${gmtDate:yyyy-MM-dd'}'"
  expect(rendered(url)).toBe("/a?f='2018-07-31T19:39:46Z'&t='2018-07-31'")
})

test('before 1970, microseconds and seconds are rounded down to the same instant', () => {
  expect(renderTemplate('${epoch:us} ${epoch:s} ${epoch}', { since: -1500, now })).toBe('-1500000 -2 -1500')
  expect(renderTemplate('${epoch:us} ${epoch:s} ${epoch}', { since: 0, now })).toBe('0 0 0')
})

test.each([
  ['${since}', 'unknown-variable', 'since'],
  ['${epochDate:yyyy}', 'unknown-variable', 'epochDate'],
  ['${foo:bar}', 'unknown-variable', 'foo'],
  ['${mask}', 'unknown-variable', 'mask'],
  ['${}', 'unknown-variable', ''],
  ['${epoch:min}', 'unknown-unit', 'min'],
  ['${dateTimeZone:Mars/Base:yyyy}', 'unknown-zone', 'Mars/Base'],
  ['${dateTimeZone:-25:00:yyyy}', 'unknown-zone', 'GMT-25:00'],
  ['${dateTimeZone}', 'unknown-zone', ''],
  ['${gmtDate:yyyy-MM-ddTHH}', 'unknown-letter', 'T'],
  ["${gmtDate:yyyy'T}", 'unclosed-quote', "'T"],
  ['${gmtDate:yyyy', 'unclosed-variable', '${gmtDate:yyyy'],
])('%s is refused, and what is wrong with it is named', (url, fault, found) => {
  expect(faultOf(url)).toMatchObject({ fault, found })
  expect(faultOf(url).message).toContain(found)
})
