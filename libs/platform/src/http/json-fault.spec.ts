import { jsonFault } from './json-fault.js'

test.each([
  ['', 'at line 1, column 1 (position 0) it ends, where a value was expected'],
  ['{"a":', 'at line 1, column 6 (position 5) it ends, where a value was expected'],
  ['{"a":}', 'at line 1, column 6 (position 5) stands }, where a value was expected'],
  ['{"a":1,}', 'at line 1, column 8 (position 7) stands }, where a name in quotes was expected'],
  ['{"a":1\n "b":2}', 'at line 2, column 2 (position 8) stands a string, where , or } was expected'],
  ["{'a':1}", "at line 1, column 2 (position 1) stands ', where a name in quotes or } was expected"],
  ['{"a" 1}', 'at line 1, column 6 (position 5) stands 1, where : was expected'],
  ['[1,]', 'at line 1, column 4 (position 3) stands ], where a value was expected'],
  ['[1 2]', 'at line 1, column 4 (position 3) stands 2, where , or ] was expected'],
  ['[[1]]x', 'at line 1, column 6 (position 5) stands x, where the end was expected'],
  ['{"a":tru}', 'at line 1, column 6 (position 5) stands t, where a value was expected'],
  ['[True]', 'at line 1, column 2 (position 1) stands T, where a value or ] was expected'],
  ['[01]', 'at line 1, column 3 (position 2) stands 1, where , or ] was expected'],
  ['{"a":😀}', 'at line 1, column 6 (position 5) stands 😀, where a value was expected'],
])('%j: %s', (text, fault) => {
  expect(() => JSON.parse(text) as unknown).toThrow()
  expect(jsonFault(text)).toBe(fault)
})

test('a string that is not closed, and one with a raw line break, are told as that, and quickly', () => {
  for (const text of ['{"a":"b\n"}', '{"a":"\\x"}', `["${'\\"x'.repeat(300_000)}`]) {
    expect(jsonFault(text)).toContain('begins a string that is not closed')
  }
})
