import type { Connector } from '#connectors'
import { doorOf } from './door.js'

const known = (...keys: string[]) => ({
  get: (key: string) => (keys.includes(key) ? ({ key } as Connector) : undefined),
})

test('an element’s key leads to its notifications, and with Polling behind it to where polls are fed in', () => {
  expect(doorOf('intercom', known('intercom'))).toEqual({ kind: 'notifications', connector: { key: 'intercom' } })
  expect(doorOf('intercomPolling', known('intercom'))).toEqual({ kind: 'injection', connector: { key: 'intercom' } })
})

test('an element that is really called so comes first', () => {
  const both = known('intercom', 'intercomPolling')
  expect(doorOf('intercomPolling', both)).toEqual({ kind: 'notifications', connector: { key: 'intercomPolling' } })
})

test.each(['', 'Polling', 'intercompolling', 'intercomPollingPolling', 'unknownPolling'])('%p leads nowhere', key => {
  expect(doorOf(key, known('intercom'))).toEqual({ kind: 'none' })
})
