import type { VendorIdentity } from '#connectors'

export const eventsModes = ['off', 'webhook', 'polling'] as const
/** How an instance learns of changes at its vendor. */
export type EventsMode = (typeof eventsModes)[number]

/** `initial`: whoever connected it had the vendor's tokens already; they came in the configuration. */
export type ExternalAuthentication = 'none' | 'initial'

/** Every value a string or null, as the API shows them; `event.poller.configuration` is JSON text. */
export type Configuration = Readonly<Record<string, string | null>>

/** A signature key that another has taken the place of. */
export interface RetiredKey {
  readonly key: string
  /** Until then callbacks are signed with it too. */
  readonly until: Date
}

/** The vendor doesn't take an instance's credentials any more, and only a person can mend that. */
export interface VendorRefusal {
  /** ISO 8601. */
  readonly since: string
  /** In the vendor's words. */
  readonly message: string
}

/** One connected SaaS account, decrypted. Shared between callers, so never to be changed in place. */
export interface Instance {
  readonly id: number
  readonly accountId: number
  readonly companyId: number
  readonly userId: number
  readonly elementKey: string
  readonly name: string
  readonly tags: readonly string[]
  readonly configuration: Configuration
  /** What the vendor said about the account; empty where it hasn't told yet. */
  readonly identity: VendorIdentity
  /** Whether it has told. */
  readonly identified: boolean
  /** From the configuration: `event.notification.enabled`, `event.vendor.type`. */
  readonly events: EventsMode
  readonly disabled: boolean
  /** Whether every request to its vendor is logged. */
  readonly traceLogging: boolean
  readonly externalAuthentication: ExternalAuthentication
  readonly deletedAt: Date | null
  /** Grows with every change. */
  readonly version: number
  /** Grows with every change of what clients write, and with nothing else: tokens are renewed without it. */
  readonly revision: number
  readonly createdAt: Date
  /** The `Element <token>` of the Authorization header. */
  readonly token: string
  /** When the vendor's access token ends; null where it doesn't or nobody knows. */
  readonly vendorTokenExpiresAt: Date | null
  /** Null: it isn't known to refuse them. Other credentials make it null again. */
  readonly vendorRefusal: VendorRefusal | null
  /** The keys before `event.notification.signature.key`, the newest first; those whose time is over may be among them. */
  readonly retiredSignatureKeys: readonly RetiredKey[]
  /**
   * The last segment of its webhook URL, where no webhook could be verified: then this one alone works, since an id
   * can be guessed. Absent where there is something to verify by.
   */
  readonly doorKey?: string
}

/** What an instance is made from. */
export interface NewInstance {
  accountId: number
  companyId: number
  userId: number
  elementKey: string
  name: string
  tags: readonly string[]
  configuration: Configuration
  /** `none` where it isn't said. */
  externalAuthentication?: ExternalAuthentication
  /** Null: the vendor couldn't be asked; it's asked again before the first request. */
  identity: VendorIdentity | null
  vendorTokenExpiresAt: Date | null
}

/** What can be changed of one; what is absent stays. */
export interface InstanceChange {
  name?: string
  tags?: readonly string[]
  configuration?: Configuration
  /** Null: to be asked again. */
  identity?: VendorIdentity | null
  disabled?: boolean
  traceLogging?: boolean
  externalAuthentication?: ExternalAuthentication
  vendorTokenExpiresAt?: Date | null
  /** Where it isn't said, another configuration of what opens the vendor's API makes it null. */
  vendorRefusal?: VendorRefusal | null
  /** Where it isn't said, another signature key in `configuration` takes the place of all before it at once. */
  retiredSignatureKeys?: readonly RetiredKey[]
}
