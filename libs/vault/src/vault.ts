import { decode, decrypt, encode, encrypt, newDataKey } from './sealed.js'

/** A 256-bit key and the name by which sealed secrets refer to it. */
export interface MasterKey {
  id: string
  key: Buffer
}

/**
 * Encrypts secrets at rest: AES-256-GCM under a key of each secret's own, which is wrapped by a master key. A sealed
 * secret tells which master key that is, so keys can be added and old ones rotated out.
 */
export class Vault {
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly #current: MasterKey

  /** @param keys the first one seals; all of them open */
  constructor(keys: readonly MasterKey[]) {
    const [current] = keys
    if (!current)
      throw new Error('MASTER_KEYS is empty; set it to a name, a colon and the output of: openssl rand -base64 32')
    this.#current = current
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]))
  }

  /** The id of the key that new secrets are sealed under. */
  get currentKeyId(): string {
    return this.#current.id
  }

  /** Seals for `context`, which names the place it is stored in: elsewhere it doesn't open. */
  seal(plaintext: string, context: string): Buffer {
    const { id, key } = this.#current
    const dataKey = newDataKey()
    const box = encrypt(dataKey, Buffer.from(plaintext, 'utf8'), context)
    return encode({ keyId: id, wrappedKey: encrypt(key, dataKey, id), box })
  }

  /** @throws where its key is missing from MASTER_KEYS, `context` isn't the one it was sealed for, or it was changed */
  open(sealed: Buffer, context: string): string {
    const { keyId, wrappedKey, box } = decode(sealed)
    const dataKey = this.#unwrap(keyId, wrappedKey)
    try {
      return decrypt(dataKey, box, context).toString('utf8')
    } catch (cause) {
      throw new Error(`The secret of ${context} doesn't open: it was changed, or belongs elsewhere.`, { cause })
    }
  }

  /** The same secret under the current master key; the same bytes where it is already. */
  rewrap(sealed: Buffer): Buffer {
    const { keyId, wrappedKey, box } = decode(sealed)
    const { id, key } = this.#current
    if (keyId === id) return sealed
    return encode({ keyId: id, wrappedKey: encrypt(key, this.#unwrap(keyId, wrappedKey), id), box })
  }

  /** Which master key it takes to open it. */
  keyIdOf(sealed: Buffer): string {
    return decode(sealed).keyId
  }

  #unwrap(keyId: string, wrappedKey: Buffer): Buffer {
    const key = this.#keys.get(keyId)
    if (!key) {
      const known = [...this.#keys.keys()].join(', ')
      throw new Error(`A stored secret needs the master key "${keyId}", but MASTER_KEYS has only ${known}; add it.`)
    }
    try {
      return decrypt(key, wrappedKey, keyId)
    } catch (cause) {
      throw new Error(`The master key "${keyId}" of MASTER_KEYS is not the one this secret was sealed under.`, {
        cause,
      })
    }
  }
}
