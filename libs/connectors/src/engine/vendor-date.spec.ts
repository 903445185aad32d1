import { parseInstant } from './vendor-date.js'

const instant = Date.parse('2023-08-15T18:49:35.000Z')

test.each([
  [1692125375, instant],
  ['1692125375', instant],
  [1692125375.016, instant + 16],
  ['1692125375.016', instant + 16],
  [1692125375016, instant + 16],
  ['1692125375016', instant + 16],
  [1e11, 1e11],
  [99_999_999_999, 99_999_999_999_000],
  ['2023-08-15T18:49:35.016+00:00', instant + 16],
  ['2023-08-15T18:49:35Z', instant],
  ['2023-08-15T14:49:35-0400', instant],
  ['2023-08-15T14:49:35-04:00', instant],
  ['2023-08-15T14:49:35.0169-04', instant + 16],
  ['2023-08-15 18:49:35', instant],
  ['2023-08-15T18:49', instant - 35_000],
  ['2023-08-15', Date.parse('2023-08-15T00:00:00Z')],
  [0, 0],
  [-86400, -86_400_000],
])('%p is %p', (value, ms) => {
  expect(parseInstant(value)).toBe(ms)
})

test('a date without a zone is in the one given, summer and winter', () => {
  expect(parseInstant('2012-06-09 15:46:52', 'America/New_York')).toBe(Date.parse('2012-06-09T19:46:52Z'))
  expect(parseInstant('2012-12-09 15:46:52', 'America/New_York')).toBe(Date.parse('2012-12-09T20:46:52Z'))
  expect(parseInstant('2012-12-09', 'America/New_York')).toBe(Date.parse('2012-12-09T05:00:00Z'))
})

test.each([
  null,
  undefined,
  '',
  'soon',
  '0000-00-00 00:00:00',
  '2023-02-30',
  '2023-08-15T25:00',
  NaN,
  Infinity,
  {},
  true,
  1e18,
])('%p is no date', value => {
  expect(parseInstant(value)).toBeNull()
})
