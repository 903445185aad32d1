import { elementsSignature, verifyElements } from './index.js'

const key = 'MySecretEventSignatureKey'
const body = '<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>'
const published = 'sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ='

test('a callback is signed as the published example of Cloud Elements', () => {
  expect(elementsSignature(key, body)).toBe(published)
  expect(elementsSignature(key, Buffer.from(body))).toBe(published)
})

test('text and its UTF-8 bytes have one signature', () => {
  expect(elementsSignature('clé', 'né 🎉')).toBe(elementsSignature('clé', Buffer.from('né 🎉')))
})

test('a receiver accepts the right header, and only over the same bytes and key', () => {
  expect(verifyElements(published, body, key)).toBe(true)
  expect(verifyElements(published, `${body} `, key)).toBe(false)
  expect(verifyElements(published, body, `${key} `)).toBe(false)
})

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['sent twice', [published, published]],
  ['without its padding', published.slice(0, -1)],
  ['of the older algorithm', 'sha1=WHfqlSTZnRWwjMtIwuqMfbABCZw='],
  ['in another case', published.toUpperCase()],
  ['of characters whose low bytes are right', shifted(published)],
])('a header that is %s is refused', (_, header) => {
  expect(verifyElements(header, body, key)).toBe(false)
})

test('an empty key verifies nothing, since anyone could sign with it', () => {
  expect(verifyElements(elementsSignature('', body), body, '')).toBe(false)
})

function shifted(text: string): string {
  return [...text].map(character => String.fromCharCode(character.charCodeAt(0) + 0x100)).join('')
}
