import { bodyReader, parseJson } from './body.js'

test('JSON keeps its text', () => {
  const text = '{ "a" : 9007199254740993 }'
  expect(parseJson(Buffer.from(text))).toMatchObject({ kind: 'parsed', text })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a document', Buffer.from('{"a":')],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['65 levels', Buffer.from('['.repeat(65) + ']'.repeat(65))],
  ['a million levels', Buffer.from('['.repeat(1_000_000))],
])('%s is unreadable', (_, bytes) => {
  expect(parseJson(bytes)).toMatchObject({ kind: 'unreadable' })
})

test('64 levels are read, and brackets within strings are none', () => {
  expect(parseJson(Buffer.from('['.repeat(64) + ']'.repeat(64)))).toMatchObject({ kind: 'parsed' })
  expect(parseJson(Buffer.from(JSON.stringify('\\"[['.repeat(100))))).toMatchObject({ kind: 'parsed' })
})

test('content types', () => {
  expect(bodyReader('application/json; charset=utf-8', [])).not.toBeNull()
  expect(bodyReader(undefined, [])).not.toBeNull()
  expect(bodyReader('text/plain', [])).toBeNull()
  expect(bodyReader('application/x-www-form-urlencoded', [])).toBeNull()
  const read = bodyReader('application/x-www-form-urlencoded', ['application/x-www-form-urlencoded'])
  expect(read?.(Buffer.from('a=1&b=x%20y'))).toMatchObject({ kind: 'parsed', value: { a: '1', b: 'x y' } })
})
