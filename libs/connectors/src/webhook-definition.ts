import type { EventType } from '#events'
import type { Path, Template } from './definition.js'

/** What a vendor's webhooks say, and how they are signed. */
export interface WebhookDefinition {
  /** How a message proves that the vendor sent it. Absent: only by the unguessable URL that it came to. */
  verification?: VerificationDefinition
  /** Media types besides `application/json`. */
  contentTypes?: string[]
  /**
   * Notifications may also come by GET, their members as the query's parameters. A signature is then over the query as
   * it was sent, without its question mark. A GET without a query stays a probe.
   */
  query?: boolean
  /** Messages that only want an answer. */
  handshakes?: {
    /** What the body has to have, by path. */
    when: Record<Path, string | number | boolean>
    /** The answer's text. Names: paths into the body. Default empty. */
    answer?: Template
  }[]
  /** One body holds several notifications: where their list is (empty path: the body is the list). */
  batch?: Path
  /** Whose it is. This path and the next three: `headers.<name>`, else the notification's own members. */
  workspace?: Path
  /** What happened. Paths in braces may stand in a text: `{object}.{action}`. */
  topic?: Path
  /** What it has in common with its repeats. */
  notificationId?: Path
  /** When it happened. */
  createdAt?: Path
  /** The object that changed, or a wrapper around it. */
  item: Path
  /** The item's own dates. `createdAt` counts for CREATED, and for an item without an id, which is a wrapper. */
  itemDates?: {
    /** Of its last change; tried in order. */
    updatedAt?: Path[]
    /** Of its creation; tried in order. */
    createdAt?: Path[]
  }
  /** `*`: any other topic. Paths: `item.…` or a notification's own members. */
  topics: TopicTable
  /** What a topic outside the table is made of. */
  otherTopics?: OtherTopics
}

export type VerificationDefinition = HmacVerification | TokenVerification | StandardWebhooksVerification

/** HMAC over the raw bytes. `keys`: configuration keys; the first one set holds the secret. */
export interface HmacVerification {
  scheme?: 'hmac'
  keys: string[]
  /** In lower case. */
  header: string
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64'
  /** `sha1=` */
  prefix?: string
}

/** The header holds the secret itself. */
export interface TokenVerification {
  scheme: 'token'
  keys: string[]
  header: string
}

/** `webhook-id`, `webhook-timestamp`, `webhook-signature`. */
export interface StandardWebhooksVerification {
  scheme: 'standard-webhooks'
  keys: string[]
}

/** Topic → its event, or its events where one notification means several. */
export type TopicTable = Record<string, TopicRow | TopicRow[]>

/**
 * Object type, event type, path of the id (or paths, tried in order); `optional`: without an id there is no such event.
 */
export type TopicRow =
  | [objectType: string, eventType: EventType, id: Path | Path[]]
  | [objectType: string, eventType: EventType, id: Path | Path[], presence: 'optional']

export interface OtherTopics {
  /** Where the item's type is. */
  type: Path
  /** Type → object type. Others: the type's plural. */
  types: Record<string, string>
  /** Likewise of what stands around an object (a tag with its contact): the object changes, whatever became of it. */
  wrappers?: Record<string, string>
  /** Tried in order; `{type}` is the item's type. */
  ids: Template[]
  /** Words between the object and `created` or `deleted` that leave it an event of the object: `contact.user.created`. */
  qualifiers?: string[]
}
