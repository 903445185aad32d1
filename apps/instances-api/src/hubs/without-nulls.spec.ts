import { withoutNulls } from './without-nulls.js'

test.each([
  ['{"a":1,"b":null}', '{"a":1}'],
  ['{"a":null,"b":2}', '{"b":2}'],
  ['{"a":null}', '{}'],
  ['{ "a" : null , "b" : null , "c" : 3 , "d" : null }', '{ "c" : 3  }'],
  ['{"a":{"b":null,"c":[null,{"d":null,"e":1}]}}', '{"a":{"c":[null,{"e":1}]}}'],
  [
    '{"a":"\\"b\\":null,","n":12345678901234567890,"c":"null"}',
    '{"a":"\\"b\\":null,","n":12345678901234567890,"c":"null"}',
  ],
  ['{"a":",}","b":1.50,"c":null}', '{"a":",}","b":1.50}'],
  ['[null]', '[null]'],
])('of %s there is left %s', (json, left) => {
  expect(withoutNulls(json)).toBe(left)
})

test('what is left is what a reader who skips nulls would see, for any nesting', () => {
  const value = { a: [{ b: null, 'x"y': { c: null } }, null, [null]], d: null, e: 'null', f: { g: { h: null } } }
  const expected = { a: [{ 'x"y': {} }, null, [null]], e: 'null', f: { g: {} } }
  for (const indent of [0, 2]) {
    expect(JSON.parse(withoutNulls(JSON.stringify(value, null, indent)))).toEqual(expected)
  }
})
