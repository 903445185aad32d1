import { choice, flag, integer, keys, list, optionalSecret, optionalText, optionalUrl } from './settings/setting.js'
import { subnets, text, type Role, type Setting } from './settings/setting.js'

/**
 * Every setting of every process, read from the environment. The reader, the masked print-out and docs/settings.md are
 * made from this table. An empty value counts as unset.
 */
export const settingsTable = {
  databaseUrl: optionalUrl(
    'DATABASE_URL',
    ['postgres', 'postgresql'],
    'an embedded PostgreSQL under `DATA_DIR`',
    'The PostgreSQL (15 or later) that everything is stored in.',
  ),
  databaseDirectUrl: optionalUrl(
    'DATABASE_DIRECT_URL',
    ['postgres', 'postgresql'],
    '`DATABASE_URL`',
    'The same database past a pooler, for LISTEN and for migrations.',
  ),
  databasePoolSize: integer('DATABASE_POOL_SIZE', 20, 'Connections to PostgreSQL at most, of each process.', {
    min: 2,
    max: 1_000,
  }),
  databaseAnswerSeconds: integer(
    'DATABASE_ANSWER_SECONDS',
    60,
    'After so many seconds without an answer a connection to PostgreSQL is taken for dead, and made anew.',
    { min: 5, max: 3_600 },
  ),
  kafkaBrokers: list('KAFKA_BROKERS', 'Kafka brokers as host:port. Unset, the event log is in PostgreSQL.', {
    pattern: /^[^\s:]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i,
    expected: 'host:port pairs, comma-separated',
  }),
  kafkaSsl: flag('KAFKA_SSL', false, 'TLS to the brokers.'),
  kafkaSaslMechanism: choice(
    'KAFKA_SASL_MECHANISM',
    ['plain', 'scram-sha-256', 'scram-sha-512'],
    undefined,
    'How to authenticate at the brokers; goes with the next two.',
  ),
  kafkaSaslUsername: optionalText('KAFKA_SASL_USERNAME', 'unset', 'The user at the brokers.'),
  kafkaSaslPassword: optionalSecret('KAFKA_SASL_PASSWORD', 'unset', "That user's password."),
  topicPrefix: text('TOPIC_PREFIX', 'tributary', 'What the names of topics begin with.', {
    pattern: /^[\w.-]{1,100}$/,
    expected: 'letters, digits, dots, dashes and underscores, 100 at most',
  }),
  dataDir: text('DATA_DIR', '.tributary', 'Where the embedded PostgreSQL, its keys and its first account are kept.'),
  host: text('HOST', '127.0.0.1', 'The address that this process listens on.'),
  port: integer(
    'PORT',
    { 'all-in-one': 8080, 'instances-api': 8080, 'webhook-gateway': 8081, poller: 8082, dispatcher: 8083 },
    'The port of its HTTP, health and metrics included. 0: any free one.',
    { max: 65_535 },
  ),
  publicUrl: optionalUrl(
    'PUBLIC_URL',
    ['http', 'https'],
    '`http://HOST:PORT`',
    'What webhook URLs and OAuth callbacks are built from: the address by which vendors and browsers reach the system.',
  ),
  trustedProxies: subnets(
    'TRUSTED_PROXIES',
    ['127.0.0.0/8', '::1/128'],
    'Whose X-Forwarded headers are believed: the ingress.',
  ),
  corsOrigins: list('CORS_ORIGINS', 'Whose pages may call the API from a browser, besides its own. Empty: nobody’s.', {
    pattern: /^https?:\/\/[^\sA-Z/?#@]+$/,
    expected: 'origins like https://app.example in lower case, comma-separated',
  }),
  masterKeys: keys(
    'MASTER_KEYS',
    'made in `DATA_DIR` on the embedded default, demanded with `DATABASE_URL`',
    'What secrets at rest are encrypted under. The first one encrypts, the others still decrypt.',
  ),
  egressProxy: optionalUrl(
    'EGRESS_PROXY',
    ['http', 'https'],
    'unset',
    'An HTTP proxy that outgoing requests go through. It connects for us, so it must refuse private addresses itself.',
  ),
  egressAllow: subnets(
    'EGRESS_ALLOW',
    [],
    'Subnets that outgoing requests may reach although they are private, for callbacks inside your network.',
  ),
  connectorsDir: optionalText('CONNECTORS_DIR', 'unset', 'A folder of further connector definitions (YAML or JSON).'),
  publishDeadlineMs: integer(
    'PUBLISH_DEADLINE_MS',
    1_000,
    'How long a publish may take before a webhook notification is spooled instead.',
    { min: 100, max: 60_000 },
  ),
  deliveryConcurrency: integer(
    'DELIVERY_CONCURRENCY',
    64,
    "Callbacks to one account's URL at the same time, at most.",
    {
      min: 1,
      max: 1_000,
    },
  ),
  retentionDays: integer(
    'RETENTION_DAYS',
    30,
    'Days that events, notifications and attempts are kept; longer where one is undelivered. 0: for good.',
    { max: 36_500 },
  ),
  eventIdDays: integer(
    'EVENT_ID_DAYS',
    45,
    'Days that event ids are remembered, so that a repeat is known: longer than log and spool hold a record.',
    { min: 1, max: 36_500 },
  ),
  undeliveredDays: integer(
    'UNDELIVERED_DAYS',
    0,
    'Days after which undelivered notifications are given up, and counted. 0: never.',
    { max: 36_500 },
  ),
  eventLogRetentionDays: integer(
    'EVENT_LOG_RETENTION_DAYS',
    7,
    'Days that the event log in PostgreSQL keeps its records; longer where the dispatchers have not read them. ' +
      'Kafka has its own retention.',
    { min: 1, max: 3_650 },
  ),
  spoolRecordsPerSecond: integer(
    'SPOOL_RECORDS_PER_SECOND',
    2_000,
    'How fast spooled notifications follow once the event log is back, so that they don’t stand before all else.',
    { min: 1, max: 1_000_000 },
  ),
  pollConcurrency: integer('POLL_CONCURRENCY', 16, 'Instances that one poller polls at the same time, at most.', {
    min: 1,
    max: 1_000,
  }),
  pollEventsPerSecond: integer(
    'POLL_EVENTS_PER_SECOND',
    500,
    "How fast one instance's poll publishes where there is much, so that a backfill doesn't stand before all else.",
    { min: 1, max: 1_000_000 },
  ),
  pollRunRetentionHours: integer('POLL_RUN_RETENTION_HOURS', 72, 'Hours that finished poll runs are remembered.', {
    min: 1,
    max: 87_600,
  }),
  logLevel: choice(
    'LOG_LEVEL',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'What is logged.',
  ),
}

/** The one setting whose name is a pattern. */
export const connectorBaseUrl = optionalUrl(
  'CONNECTOR_<KEY>_BASE_URL',
  ['http', 'https'],
  "the definition's",
  "Replaces scheme, host and port of that vendor's endpoints; paths are kept. For stand-ins and proxies; may be private.",
)

type Read = { [Key in keyof typeof settingsTable]: (typeof settingsTable)[Key] extends Setting<infer T> ? T : never }

type MayBeUnset<Key extends keyof Read> = undefined extends Read[Key] ? Key : never

/** What may be unset may be left out, too. */
type Values = { [Key in keyof Read as Exclude<Key, MayBeUnset<Key>>]: Read[Key] } & {
  [Key in keyof Read as MayBeUnset<Key>]?: Read[Key]
}

/** How to authenticate at Kafka. */
export interface KafkaSasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  username: string
  password: string
}

/** What a process runs by: the table's values, checked against each other, with what follows from them. */
export interface Settings extends Omit<Values, 'kafkaSaslMechanism' | 'kafkaSaslUsername' | 'kafkaSaslPassword'> {
  role: Role
  kafkaSasl?: KafkaSasl
  /** Without a slash at its end. */
  publicUrl: string
  /** By element key in lower case; origins, without a path. */
  connectorBaseUrls: Record<string, string>
}

/** The table's values as read, before they are checked against each other. */
export type SettingValues = Values
