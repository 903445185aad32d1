import { addressOf } from './address.js'

test.each([
  ['NDEw', 410],
  ['MjA5MzE=', 20931],
  ['MjA5MzE', 20931],
  ['MQ==', 1],
  ['MQ', 1],
  ['410', 410],
  ['20931', 20931],
])('%s names an instance by its id', (segment, instanceId) => {
  expect(addressOf(segment)).toEqual({ kind: 'id', instanceId })
})

test('an unguessable segment is one', () => {
  const doorKey = 'aB3_-'.repeat(9).slice(0, 43)
  expect(addressOf(doorKey)).toEqual({ kind: 'door-key', doorKey })
})

test.each(['', 'abc', '99999999999', 'OTk5OTk5OTk5OTk=', '../../etc', 'NDEw NDEw', 'ÿ', '-1', '1.5', '%00'])(
  '%p names nothing',
  segment => {
    expect(addressOf(segment)).toBeNull()
  },
)
