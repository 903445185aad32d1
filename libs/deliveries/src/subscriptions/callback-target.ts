/** What of an instance says where its callbacks go. */
export interface CallbackSource {
  id: number
  accountId: number
  elementKey: string
  configuration: Readonly<Record<string, string | null>>
  /** Signature keys of before, the newest first. */
  retiredSignatureKeys?: readonly { readonly key: string; readonly until: Date }[]
  events: string
  disabled: boolean
  deletedAt: Date | null
  /** Grows with every change. Absent: nobody counts. */
  version?: number
}

/** A key that callbacks are signed with. */
export interface SignatureKey {
  key: string
  /** Not from then on; null: for as long as it is configured. */
  until: Date | null
}

/** What a callback's TLS needs beside the public internet's: PEM texts, as configured. */
export interface CallbackTls {
  /** Whose certificates are trusted, in place of the public ones. */
  ca: string | null
  /** Shown to receivers that ask for one. */
  client: { certificate: string; key: string } | null
}

/** Where an instance's callbacks go, and how they are made out. Secrets included: never stored or logged. */
export interface CallbackTarget {
  instanceId: number
  /** Of the instance as it was read; null: nobody counts. */
  version: number | null
  accountId: number
  elementKey: string
  /** The configured one; further ones may be subscribed. Null: it has none. */
  url: string | null
  /** Whether new events are sent, where to anybody. Those of an instance that is disabled or has events off are stored. */
  sends: boolean
  /** The instance was deleted. */
  retired: boolean
  /** The newest first. None: callbacks aren't signed. */
  signatureKeys: readonly SignatureKey[]
  /** Null: as everywhere. */
  tls: CallbackTls | null
  basic: { username: string; password: string } | null
  headers: Readonly<Record<string, string>>
  /** Null: no limit. */
  ratePerSecond: number | null
  /** A notification waits for earlier ones of the same objects. */
  ordered: boolean
  /** A poller runs beside its webhooks: of what both tell, what comes later is left out. */
  reconciles: boolean
}

/** The callback of an instance, read from its configuration. */
export function callbackTarget(source: CallbackSource): CallbackTarget {
  const { configuration } = source
  const url = text(configuration['event.notification.callback.url'])
  const username = text(configuration['event.notification.basic.username'])
  const key = configuration['event.notification.signature.key']
  return {
    instanceId: source.id,
    version: source.version ?? null,
    accountId: source.accountId,
    elementKey: source.elementKey,
    url,
    // A deleted instance gets nothing new, so what still comes of it was accepted before and is sent.
    sends: !source.disabled && source.events !== 'off',
    retired: source.deletedAt !== null,
    signatureKeys: key ? [{ key, until: null }, ...(source.retiredSignatureKeys ?? [])] : [],
    tls: callbackTls(configuration),
    basic: username === null ? null : { username, password: configuration['event.notification.basic.password'] ?? '' },
    headers: callbackHeaders(configuration['event.notification.callback.headers'] ?? ''),
    ratePerSecond: ratePerSecond(configuration['event.notification.rate.limit'] ?? ''),
    ordered: text(configuration['event.notification.ordering']) === 'object',
    reconciles: source.events === 'webhook' && configuration['event.poller.reconcile'] === 'true',
  }
}

function callbackTls(configuration: CallbackSource['configuration']): CallbackTls | null {
  const ca = text(configuration['event.notification.callback.ca'])
  const certificate = text(configuration['event.notification.callback.client.certificate'])
  const key = text(configuration['event.notification.callback.client.key'])
  const client = certificate !== null && key !== null ? { certificate, key } : null
  return ca === null && client === null ? null : { ca, client }
}

// What makes the message a message, and what we vouch for, isn't a tenant's to set.
const reserved =
  /^(host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|webhook-.*|elements-webhook-.*)$/

/**
 * `event.notification.callback.headers`: a JSON object, or `Name: value` lines. Names in lower case. What can't be a
 * header, and headers that are ours, are left out: a mistyped line must not stop the callbacks.
 */
export function callbackHeaders(setting: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [given, value] of headerPairs(setting.trim())) {
    const name = given.trim().toLowerCase()
    const valid = /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    if (valid && !reserved.test(name)) headers[name] = value.trim()
  }
  return headers
}

function headerPairs(setting: string): [string, string][] {
  if (setting.startsWith('{')) {
    try {
      return Object.entries(JSON.parse(setting) as Record<string, unknown>).map(([name, value]) => [name, plain(value)])
    } catch {
      return []
    }
  }
  return setting.split(/\r?\n/).flatMap(line => {
    const colon = line.indexOf(':')
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as [string, string]] : []
  })
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const seconds = { s: 1, m: 60, h: 3_600 } as const

/** `event.notification.rate.limit`: callbacks per second (`10`, `0.5`), or per `s`, `m` or `h` (`100/m`). */
export function ratePerSecond(setting: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:\/\s*([smh])\w*)?\s*$/i.exec(setting)
  if (!match) return null
  const unit = (match[2]?.toLowerCase() ?? 's') as keyof typeof seconds
  const rate = Number(match[1]) / seconds[unit]
  return rate > 0 ? rate : null
}

function text(value: string | null | undefined): string | null {
  const trimmed = value?.trim()
  return trimmed ? trimmed : null
}
