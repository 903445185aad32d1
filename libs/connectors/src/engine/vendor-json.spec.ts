import { itemTexts, parseVendorJson, valueText } from './vendor-json.js'

test('whole numbers that a double would round stay what they are, as texts', () => {
  expect(parseVendorJson('{"id":12345678901234567890,"n":[-90071992547409931],"small":215472621202693}')).toEqual({
    id: '12345678901234567890',
    n: ['-90071992547409931'],
    small: 215472621202693,
  })
})

test('digits in texts, fractions and powers are left alone', () => {
  const json = '{"a":"id 12345678901234567890 \\" 1","b":1234567890.12345678901,"c":1e20,"d":9007199254740991}'
  expect(parseVendorJson(json)).toEqual(JSON.parse(json))
})

test('what is no JSON is still refused', () => {
  expect(() => parseVendorJson('{"a":12345678901234567890')).toThrow(SyntaxError)
})

test('items are cut out byte for byte, wherever their list is', () => {
  const json = ' { "x" : [1], "data" : { "list" : [ {"a": 1.0, "t":"]}\\"["} , [ 2 ],"s" , null,-1.50 ] } , "z":0}'
  expect(itemTexts(json, 'data.list')).toEqual(['{"a": 1.0, "t":"]}\\"["}', '[ 2 ]', '"s"', 'null', '-1.50'])
  expect(itemTexts('[ ]', '')).toEqual([])
  expect(itemTexts('[{"a":1}]', '')).toEqual(['{"a":1}'])
})

test('of members with one name the last counts, as it does for JSON.parse', () => {
  expect(itemTexts('{"a":[1],"a":[2]}', 'a')).toEqual(['2'])
})

test('where there is no list there is nothing', () => {
  expect(itemTexts('{"contacts":null}', 'contacts')).toBeNull()
  expect(itemTexts('{"contacts":{}}', 'contacts.list')).toBeNull()
  expect(itemTexts('[]', 'a')).toBeNull()
})

test('a single value is cut out likewise', () => {
  expect(valueText('{ "contact" : { "a": 1.0 } }', 'contact')).toBe('{ "a": 1.0 }')
  expect(valueText(' {"a":1} ', '')).toBe('{"a":1}')
  expect(valueText('{}', 'contact')).toBeNull()
})

test('a list may be named by its members’ names, where these hold dots', () => {
  expect(itemTexts('{"a.b":[{"c":1.0}],"a":{"b":[2]}}', ['a.b'])).toEqual(['{"c":1.0}'])
})

test('texts may be as long as an answer, and full of marks', () => {
  const long = JSON.stringify({ html: '<a href="x">\\"1234567890123456789,'.repeat(500_000) })
  const json = `[${long},{"id":12345678901234567890,"a\\\\":"]\\\\"}]`
  expect(parseVendorJson(json)).toEqual([JSON.parse(long), { id: '12345678901234567890', 'a\\': ']\\' }])
  expect(itemTexts(json, '')).toEqual([long, '{"id":12345678901234567890,"a\\\\":"]\\\\"}'])
})
