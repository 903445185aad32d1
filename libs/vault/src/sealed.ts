import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What a sealed secret consists of. The master key encrypts the data key only, so rotating it is cheap. */
export interface Sealed {
  keyId: string
  /** The data key, encrypted under the master key: iv, tag, ciphertext. */
  wrappedKey: Buffer
  /** The secret, encrypted under the data key: iv, tag, ciphertext. */
  box: Buffer
}

const version = 1
const ivBytes = 12
const tagBytes = 16
const keyBytes = 32
const boxOverhead = ivBytes + tagBytes
const wrappedBytes = boxOverhead + keyBytes

/** As bytes: version (1), length of the key id (1), key id, wrapped data key (60), box. */
export function encode({ keyId, wrappedKey, box }: Sealed): Buffer {
  const id = Buffer.from(keyId, 'utf8')
  return Buffer.concat([Buffer.from([version, id.length]), id, wrappedKey, box])
}

/** @throws where the bytes aren't a sealed secret of a version known here */
export function decode(bytes: Buffer): Sealed {
  const [found, idLength = 0] = bytes
  if (found !== version)
    throw new Error(`A stored secret is of version ${found ?? 'none'}; this release reads ${version}.`)
  const boxAt = 2 + idLength + wrappedBytes
  if (bytes.length < boxAt + boxOverhead)
    throw new Error('A stored secret is cut off: the column or the backup is damaged.')
  return {
    keyId: bytes.toString('utf8', 2, 2 + idLength),
    wrappedKey: bytes.subarray(2 + idLength, boxAt),
    box: bytes.subarray(boxAt),
  }
}

/** AES-256-GCM under a fresh iv; `context` is authenticated with it. */
export function encrypt(key: Buffer, plain: Buffer, context: string): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(
    Buffer.from(context, 'utf8'),
  )
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** @throws where the key or the context is another one, or a bit was changed */
export function decrypt(key: Buffer, box: Buffer, context: string): Buffer {
  const iv = box.subarray(0, ivBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context, 'utf8'))
    .setAuthTag(box.subarray(ivBytes, boxOverhead))
  return Buffer.concat([decipher.update(box.subarray(boxOverhead)), decipher.final()])
}

export function newDataKey(): Buffer {
  return randomBytes(keyBytes)
}
