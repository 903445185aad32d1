import { hubSignature, verifyHubSignature } from './index.js'

const secret = 'webhook_secret'
const body = Buffer.from('{"data": "asdfghujkl"}')
const known = 'sha1=5e3cd5fa9b48a657997505f4968f46291081fa57'

test('a notification is signed and verified as the known vector says', () => {
  expect(hubSignature(body, secret)).toBe(known)
  expect(verifyHubSignature(known, body, secret)).toBe(true)
})

test("a vendor's ping is verified as the known vector says", () => {
  const ping = Buffer.from(
    '{"type":"notification_event","app_id":"q8sn4hth","data":{"type":"notification_event_data","item":{"type":"ping","message":"something something interzen"}},"links":{},"id":null,"topic":"ping","delivery_status":null,"delivery_attempts":1,"delivered_at":0,"first_sent_at":1513466985,"created_at":1513466985,"self":null}',
  )
  expect(verifyHubSignature('sha1=a3ec8a0aa92d01019d32b67c34ccd27ae4971e9b', ping, 'test-client-secret')).toBe(true)
})

test('bytes that are no UTF-8 are verified as they came', () => {
  const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])
  expect(verifyHubSignature(hubSignature(bytes, secret), bytes, secret)).toBe(true)
  expect(verifyHubSignature(hubSignature(bytes.toString('utf8'), secret), bytes, secret)).toBe(false)
})

test('one changed byte, and another secret, are refused', () => {
  expect(verifyHubSignature(known, Buffer.from('{"data": "asdfghujkm"}'), secret)).toBe(false)
  expect(verifyHubSignature(known, body, 'webhook_secret2')).toBe(false)
})

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['a bare prefix', 'sha1='],
  ['without a prefix', known.slice(5)],
  ['of another algorithm', known.replace('sha1', 'sha2')],
  ['one of SHA-256', `sha256=${'a'.repeat(64)}`],
  ['prefixed in upper case', known.replace('sha1', 'SHA1')],
  ['in upper-case hex', `sha1=${known.slice(5).toUpperCase()}`],
  ['too short', known.slice(0, -1)],
  ['too long', `${known}0`],
  ['padded with a space', ` ${known}`],
  ['not hex', `sha1=${'z'.repeat(40)}`],
  ['not ASCII', `sha1=${'é'.repeat(40)}`],
  ['of a lone surrogate', `sha1=${'\ud800'.repeat(40)}`],
  ['of characters whose low bytes are right', `sha1=${shifted(known.slice(5))}`],
  ['an empty list', []],
  ['sent twice', [known, known]],
])('a header that is %s is refused without an exception', (_, header) => {
  expect(verifyHubSignature(header, body, secret)).toBe(false)
})

test('an empty secret verifies nothing, since anyone could sign with it', () => {
  expect(verifyHubSignature(hubSignature(body, ''), body, '')).toBe(false)
})

function shifted(text: string): string {
  return [...text].map(character => String.fromCharCode(character.charCodeAt(0) + 0x100)).join('')
}
