import type { Random } from './random.js'

/** Texts that have broken programs before. SQL-like ones hold no words that an error of PostgreSQL would. */
const texts = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\u0001\u001f',
    '\r\nX-Injected: 1',
    '\u202e',
    '\ufeff',
    '\ud800',
    'a\udfff',
    '💥',
    'ſ',
    'İ',
  ],
  ...['null', 'undefined', 'NaN', 'true', '[object Object]', '{}', '[]', '__proto__', 'constructor', 'toString'],
  ...["'", '"', '`', '\\', "1' or '1'='1", "'; drop table x; --", '%', '%s%n', '${7*7}', '{{7*7}}', '$(id)', '|id'],
  ...['../../../etc/passwd', '..\\..', 'file:///etc/passwd', 'http://169.254.169.254/', '//', '.', '..', '/', '?', '#'],
  ...[
    '<script>alert(1)</script>',
    '<placeholder>',
    '********',
    'x'.repeat(1_025),
    'é'.repeat(3_000),
    'a'.repeat(70_000),
  ],
]

/** Ids that are none: nothing of them may be taken for a small number. */
const ids = [
  ...['-1', '0', '-0', '1.0', '1e0', '0x1', '+1', '01', ' 1', '1 ', '1,2', '1_000', '٣', '１', 'Infinity', '-Infinity'],
  ...['2147483648', '4294967296', '9007199254740993', '9223372036854775808', '1'.repeat(400), '18446744073709551616'],
]

/** Spelled in the path as they are: what encoding would make harmless. */
const rawSegments = [
  ...[
    '%00',
    '%2e%2e',
    '%2F',
    '%2f..%2f',
    '%5c',
    '%',
    '%zz',
    '%e0%a4',
    '%ff%fe',
    '%u0041',
    '%25',
    '%c0%ae',
    '%ed%a0%80',
  ],
  ...[
    '..',
    '.',
    ';a=b',
    '*',
    '~',
    '1%001',
    '%20',
    '%0d%0aX-Injected:%201',
    'é',
    '\u00ff',
    ':id',
    '{id}',
    "'",
    '`',
    '|',
    '^',
  ],
  ...['a'.repeat(1_100), '%41'.repeat(600), '', '@', '!', '(', '$&', '+', 'configuration', 'events', 'enabled'],
]

const numbers = ['1e999', '-1e999', '-0', '1e-400', '123456789012345678901234567890', '0.1', '2147483648', '-1']

const words = [
  '0',
  '-1',
  '1.5',
  '1e3',
  'Infinity',
  '99999999999999999999',
  'true',
  'id desc',
  'a=1 and',
  "x='",
  'CREATED',
]

export function nastyText(random: Random): string {
  return random.chance(0.2) ? random.pick(ids) : random.pick(texts)
}

/** A segment of a path, or what takes its place. */
export function nastySegment(random: Random): string {
  const kind = random.next()
  if (kind < 0.4) return random.pick(rawSegments)
  if (kind < 0.7) return encoded(random.pick(ids))
  return encoded(random.pick(texts).slice(0, 2_000))
}

/** A query string, without its question mark. */
export function nastyQuery(random: Random, names: readonly string[]): string {
  const name = random.pick([...names, 'nextPage', 'pageSize', 'where', 'unknown', '__proto__', 'constructor', ''])
  const value = encoded(random.chance(0.5) ? random.pick(words) : nastyText(random).slice(0, 4_000))
  switch (random.below(9)) {
    case 0:
      return `${name}=${value}&${name}=${value}&${name}=1`
    case 1:
      return `${name}[]=${value}&${name}[0]=1&${name}[x]=2`
    case 2:
      return `${name}[__proto__][x]=1&${name}.x=2`
    case 3:
      return Array.from({ length: 1_200 }, (_, at) => `p${at}=${at}`).join('&')
    case 4:
      return `${name}=%zz&%=%&${name}=%ff`
    case 5:
      return '&&&===&=&?'
    case 6:
      return `${name}`
    case 7:
      return `${name}=${'9'.repeat(random.pick([30, 400, 6_000]))}`
    default:
      return `${name}=${value}`
  }
}

/** Percent-encoded, lone surrogates as the bytes that a careless encoder makes of them. */
function encoded(text: string): string {
  return /\p{Surrogate}/u.test(text) ? '%ed%a0%80' : encodeURIComponent(text)
}

/** JSON text of a value that nobody expects; not always valid. */
export function nastyJson(random: Random): string {
  switch (random.below(10)) {
    case 0:
      return random.pick(numbers)
    case 1:
      return random.pick(['null', 'true', 'false', '[]', '{}', '""', '[null]', '[[]]', '{"":""}'])
    case 2:
      return `${'['.repeat(random.pick([10, 63, 64, 65, 5_000]))}`
    case 3: {
      const depth = random.pick([10, 60, 64, 200])
      return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    }
    case 4:
      return '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'
    case 5:
      return `"${random.pick(['\\ud800', '\\udfff\\ud800', '\\u0000', 'a\\u0000b', '\\uD83D', '\\q', '\\u12'])}"`
    case 6:
      return `[${Array.from({ length: random.pick([101, 3_000]) }, () => '"x"').join(',')}]`
    case 7:
      return `{${Array.from({ length: random.pick([50, 2_000]) }, (_, at) => `"k${at}":${at}`).join(',')}}`
    default:
      return JSON.stringify(nastyText(random))
  }
}

export function nastyHeader(random: Random): [name: string, value: string | Buffer, mayPass: boolean] {
  const value = random.pick([
    '*',
    '"',
    'W/"x"',
    '"a","b"',
    ',,,',
    '\x80\xff',
    '0',
    'null',
    'x'.repeat(3_000),
    '"x',
    '',
    ' ',
  ])
  const bytes = random.chance(0.3) ? Buffer.from(value, 'latin1') : value
  switch (random.below(8)) {
    case 0:
      return ['If-Match', bytes, true]
    case 1:
      return ['If-None-Match', bytes, true]
    case 2:
      return ['Idempotency-Key', bytes, true]
    case 3:
      return ['Accept', random.pick(['text/xml', '*/*;q=0', 'application/json;;;', 'x', '', bytes as string]), true]
    case 4:
      return ['Accept-Encoding', random.pick(['gzip', 'br;q=x', '*', 'identity;q=0']), true]
    case 5:
      return ['X-Forwarded-For', random.pick(['1.2.3.4', 'a, b, c', '::1', '\u0001', '[']), true]
    case 6:
      return ['X-HTTP-Method-Override', random.pick(['DELETE', 'PUT', '']), true]
    default:
      return ['Origin', random.pick(['null', 'https://evil.example', 'x', '']), true]
  }
}

/** Authorization headers that let nobody in. */
export function nastyAuthorization(random: Random): string | Buffer {
  return random.pick([
    ...[
      '',
      'User',
      'User ',
      'Organization x',
      'User x',
      'Bearer x',
      'Basic Og==',
      'User a, Organization b',
      'User , Element ',
    ],
    ...[
      'User a, User a, Organization b',
      'User \x01',
      `User ${'x'.repeat(8_000)}, Organization y`,
      ',,,,',
      'User=a Organization=b',
    ],
    Buffer.from('User \xff\xfe, Organization \x80', 'latin1'),
    'User __proto__, Organization constructor',
  ])
}
