import { Connectors } from '#connectors'
import type { Connector } from '#connectors'
import { finderFault } from './finder-fault.js'

let intercom: Connector

beforeAll(async () => {
  intercom = (await Connectors.load()).get('intercom')!
})

test('a configuration key and a path are a finder', () => {
  expect(finderFault('github.organization|organization.login', intercom)).toBeNull()
})

test.each(['github.organization', '|login', 'a|b|c'])('%p is none, and the message says what would be', value => {
  expect(finderFault(value, intercom)).toBe(
    `"${value}" is no finder; write <configuration key>|<path in the body>, such as github.organization|organization.login`,
  )
})

test.each(['api.password', 'oauth.api.secret', 'my.secret'])('%s is nothing to be found by', key => {
  expect(finderFault(`${key}|key`, intercom)).toBe(
    `names "${key}", which is kept encrypted and not compared; write another key`,
  )
})
