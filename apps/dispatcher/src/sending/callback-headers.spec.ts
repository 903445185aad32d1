import { verifyElements } from '#signing'
import { headersOf } from './callback-headers.js'

const body = Buffer.from('{}')
const now = Date.parse('2026-11-20T10:00:00Z')

function signed(keys: [string, number | null][], at = now): Record<string, string> {
  const signatureKeys = keys.map(([key, until]) => ({ key, until: until === null ? null : new Date(until) }))
  return headersOf({ signatureKeys, basic: null, headers: {} }, 'msg_1', body, { now: at, replay: false })
}

test('a retired key ends when its time has come, though the job was read before', () => {
  const keys: [string, number | null][] = [
    ['new', null],
    ['old', now + 1_000],
  ]
  const counts = [now, now + 999, now + 1_000].map(at => signed(keys, at)['webhook-signature']?.split(' ').length)
  expect(counts).toEqual([2, 2, 1])
  expect(verifyElements(signed(keys)['elements-webhook-signature'], body, 'new')).toBe(true)
})

test('a key that is none for Standard Webhooks takes nothing from the others', () => {
  const headers = signed([
    ['whsec_not base64!', null],
    ['old', now + 1_000],
  ])
  expect(headers['webhook-signature']).toBe(signed([['old', null]])['webhook-signature'])
  expect(verifyElements(headers['elements-webhook-signature'], body, 'whsec_not base64!')).toBe(true)
  expect(signed([['whsec_not base64!', null]])).not.toHaveProperty('webhook-signature')
})

test('without a key nothing is signed', () => {
  expect(Object.keys(signed([])).filter(name => name.endsWith('signature'))).toEqual([])
})
