import { compileDatePattern, DateSyntaxError } from './index.js'

function faultOf(pattern: string, zone?: string): DateSyntaxError {
  try {
    compileDatePattern(pattern, zone)
  } catch (error) {
    if (error instanceof DateSyntaxError) return error
  }
  throw new Error(`${pattern} in ${zone} was compiled`)
}

function instantOf(pattern: string, zone: string, text: string): string | undefined {
  const parsed = compileDatePattern(pattern, zone).parse(text)
  return parsed ? new Date(parsed.epochMs).toISOString() : undefined
}

test.each([
  ['1513466985', 1_513_466_985_000, 10],
  ['1513466985123', 1_513_466_985_123, 13],
  ['1513466985.123', 1_513_466_985_123, 14],
  ['-5', -5_000, 2],
  ['99999999999', 99_999_999_999_000, 11],
  ['100000000000', 100_000_000_000, 12],
  [' 12 rest', 12_000, 3],
])('timestamp takes %s for Unix seconds, or for milliseconds where it is that large', (text, epochMs, end) => {
  expect(compileDatePattern('timestamp').parse(text)).toEqual({ epochMs, end })
})

test.each(['milliseconds', "milliseconds'", 'epoch'])('%s are milliseconds', word => {
  expect(compileDatePattern(word).parse('1513466985')).toEqual({ epochMs: 1_513_466_985, end: 10 })
  expect(compileDatePattern(word).format(1_513_466_985_123)).toBe('1513466985123')
})

test.each(['', 'soon', '-', '.5', ' '])('"%s" is no timestamp', text => {
  expect(compileDatePattern('timestamp').parse(text)).toBeNull()
})

test('a timestamp is written in whole seconds', () => {
  expect(compileDatePattern('timestamp').format(1_513_466_985_999)).toBe('1513466985')
})

test('a stray quote at the end of a pattern is ignored, a quoted text that nothing closes is not', () => {
  expect(instantOf("yyyy-MM-dd'T'HH:mm:ssXXX'", 'UTC', '2018-07-31T19:39:46+02:00')).toBe('2018-07-31T17:39:46.000Z')
  expect(faultOf("yyyy-MM-dd'T HH:mm")).toMatchObject({ fault: 'unclosed-quote', found: "'T HH:mm" })
})

test('an error names the letter and says what to write', () => {
  const error = faultOf('yyyy-MM-ddTHH:mm:ss')
  expect(error).toMatchObject({ fault: 'unknown-letter', found: 'T' })
  expect(error.message).toBe('"yyyy-MM-ddTHH:mm:ss" has the letter T outside quotes, which means nothing; write \'T\'')
  expect(faultOf('constructor')).toMatchObject({ found: 'c' })
})

test.each(['Mars/Base', 'america/denver', 'Z', 'UTC+1', 'gmt+1', 'GMT+24', 'GMT+1:5', 'GMT+1:60', '-8:00', ''])(
  'the zone "%s", which Java would take for GMT, is an error',
  zone => {
    expect(faultOf('yyyy', zone)).toMatchObject({ fault: 'unknown-zone', found: zone })
    expect(faultOf('timestamp', zone)).toMatchObject({ fault: 'unknown-zone', found: zone })
  },
)

test.each([
  ['PST', '2024-07-01 12:00', '2024-07-01T19:00:00.000Z'],
  ['EST', '2024-07-01 12:00', '2024-07-01T17:00:00.000Z'],
  ['IST', '2024-07-01 12:00', '2024-07-01T06:30:00.000Z'],
  ['ECT', '2024-07-01 12:00', '2024-07-01T10:00:00.000Z'],
  ['CST', '2024-07-01 12:00', '2024-07-01T17:00:00.000Z'],
  ['GMT-0530', '2024-07-01 12:00', '2024-07-01T17:30:00.000Z'],
  ['GMT+5', '2024-07-01 12:00', '2024-07-01T07:00:00.000Z'],
  ['America/Denver', '2024-07-01 12:00', '2024-07-01T18:00:00.000Z'],
])('the zone %s means what it means to Java', (zone, text, instant) => {
  expect(instantOf('yyyy-MM-dd HH:mm', zone, text)).toBe(instant)
})

test('a time that a change of clocks repeats is the later one, and one it leaves out rolls forward', () => {
  expect(instantOf('yyyy-MM-dd HH:mm', 'America/New_York', '2024-11-03 01:30')).toBe('2024-11-03T06:30:00.000Z')
  expect(instantOf('yyyy-MM-dd HH:mm', 'America/New_York', '2024-03-10 02:30')).toBe('2024-03-10T07:30:00.000Z')
  expect(instantOf('yyyy-MM-dd HH:mm', 'America/New_York', '2224-03-14 02:30')).toBe('2224-03-14T07:30:00.000Z')
})

test('a zone in one text does not stay for the next', () => {
  const pattern = compileDatePattern('yyyy-MM-dd HH:mm z', 'America/New_York')
  expect(pattern.parse('2024-07-01 12:00 PDT')?.epochMs).toBe(Date.UTC(2024, 6, 1, 19))
  expect(pattern.parse('2024-07-01 12:00 EDT')?.epochMs).toBe(Date.UTC(2024, 6, 1, 16))
})

test('two-digit years lie from 80 years ago to 20 years ahead, to the moment', () => {
  jest.useFakeTimers({ now: Date.UTC(2026, 5, 15, 12) })
  try {
    const pattern = compileDatePattern('yy-MM-dd HH:mm')
    expect(pattern.parse('46-06-15 12:00')?.epochMs).toBe(Date.UTC(1946, 5, 15, 12))
    expect(pattern.parse('46-06-15 11:59')?.epochMs).toBe(Date.UTC(2046, 5, 15, 11, 59))
    expect(pattern.parse('47-01-01 00:00')?.epochMs).toBe(Date.UTC(1947, 0, 1))
    expect(pattern.parse('45-12-31 00:00')?.epochMs).toBe(Date.UTC(2045, 11, 31))
    jest.setSystemTime(Date.UTC(2027, 5, 15, 12))
    expect(pattern.parse('46-06-15 12:00')?.epochMs).toBe(Date.UTC(2046, 5, 15, 12))
  } finally {
    jest.useRealTimers()
  }
})

test('an empty pattern reads nothing, so it reads no date', () => {
  expect(compileDatePattern('').parse('2024')).toBeNull()
})

test('what is no instant is refused when writing', () => {
  expect(() => compileDatePattern('yyyy').format(NaN)).toThrow(RangeError)
  expect(() => compileDatePattern('timestamp').format(Infinity)).toThrow(RangeError)
})

test('absurdly long numbers are read as Java reads them, and do not hang', () => {
  const pattern = compileDatePattern('yyyy-MM-dd')
  expect(pattern.parse(`${'9'.repeat(100_000)}-01-01`)).toMatchObject({ end: 100_006 })
  expect(pattern.parse('1E999999999999-01-01')).toMatchObject({ end: 20 })
})
