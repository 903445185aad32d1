import { acceptsJson } from './accepts-json.js'

test.each([
  undefined,
  '',
  '*/*',
  'application/json',
  'APPLICATION/JSON; charset=utf-8',
  'text/html, application/*;q=0.1',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
  'application/hal+json',
])('%j takes JSON', accept => expect(acceptsJson(accept)).toBe(true))

test.each(['text/html', 'application/xml', 'text/*', 'application/json;q=0', 'text/html, */*;q=0.0', 'nonsense'])(
  '%j does not',
  accept => expect(acceptsJson(accept)).toBe(false),
)
