import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { equalSecrets, hashSecret, newSecret, Vault } from './index.js'

const old = { id: 'old', key: randomBytes(32) }
const fresh = { id: 'new', key: randomBytes(32) }

test('whatever is sealed opens again, in its own context only', () => {
  const vault = new Vault([old])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, context) => {
      const sealed = vault.seal(secret, context)
      expect(vault.open(sealed, context)).toBe(secret)
      expect(() => vault.open(sealed, `${context}.`)).toThrow("doesn't open")
    }),
    { numRuns: 50 },
  )
})

test('the same secret is never sealed to the same bytes, and its text is not in them', () => {
  const vault = new Vault([old])
  const [one, two] = [vault.seal('hunter2', 'c'), vault.seal('hunter2', 'c')]
  expect(one.equals(two)).toBe(false)
  expect(one.includes('hunter2')).toBe(false)
})

test('no bit can be changed, and no byte cut off', () => {
  const vault = new Vault([old])
  const sealed = vault.seal('secret', 'c')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => vault.open(changed, 'c')).toThrow()
    expect(() => vault.open(sealed.subarray(0, at), 'c')).toThrow()
  }
})

test('after rotation old secrets open, are sealed anew by rewrap, and then no longer need the old key', () => {
  const sealed = new Vault([old]).seal('secret', 'c')
  const both = new Vault([fresh, old])
  expect(both.open(sealed, 'c')).toBe('secret')
  const rewrapped = both.rewrap(sealed)
  expect([both.keyIdOf(sealed), both.keyIdOf(rewrapped)]).toEqual(['old', 'new'])
  expect(new Vault([fresh]).open(rewrapped, 'c')).toBe('secret')
  expect(both.rewrap(rewrapped)).toBe(rewrapped)
})

test('a missing or mistaken key is named, with the setting it belongs into', () => {
  const sealed = new Vault([old]).seal('secret', 'c')
  expect(() => new Vault([fresh]).open(sealed, 'c')).toThrow('needs the master key "old", but MASTER_KEYS has only new')
  expect(() => new Vault([{ ...fresh, id: 'old' }]).open(sealed, 'c')).toThrow('"old" of MASTER_KEYS is not the one')
  expect(() => new Vault([])).toThrow('MASTER_KEYS is empty')
})

test('new secrets have 256 bits, are found by their hash, and compare as wholes', () => {
  const secret = newSecret()
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(newSecret()).not.toBe(secret)
  expect(hashSecret('abc').toString('hex')).toMatch(
    /^ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad$/,
  )
  expect([equalSecrets(secret, secret), equalSecrets(secret, `${secret}x`), equalSecrets('', 'x')]).toEqual([
    true,
    false,
    false,
  ])
})
