import { printable } from './printable.js'
import { readSettings, SettingsError } from './read-settings.js'

const key = Buffer.alloc(32, 7).toString('base64')

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment, 'all-in-one')
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

test('an empty environment is enough, and each role has its own port', () => {
  const ports = (['all-in-one', 'instances-api', 'webhook-gateway', 'poller', 'dispatcher'] as const).map(
    role => readSettings({}, role).port,
  )
  expect(ports).toEqual([8080, 8080, 8081, 8082, 8083])
  expect(readSettings({}, 'poller')).toMatchObject({
    role: 'poller',
    dataDir: '.tributary',
    host: '127.0.0.1',
    publicUrl: 'http://127.0.0.1:8082',
    topicPrefix: 'tributary',
    kafkaBrokers: [],
    masterKeys: [],
    publishDeadlineMs: 1_000,
  })
})

test('empty values count as unset, as compose files pass them', () => {
  expect(readSettings({ DATABASE_URL: '', PORT: ' ', KAFKA_BROKERS: '' }, 'all-in-one')).toMatchObject({ port: 8080 })
})

test('lists, keys, SASL and connector addresses are read', () => {
  const settings = readSettings(
    {
      DATABASE_URL: 'postgres://me:pw@db/t',
      MASTER_KEYS: `new:${key}, old:${key}`,
      KAFKA_BROKERS: 'a:9092, b:9092',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
      EGRESS_ALLOW: '10.0.0.0/8,127.0.0.1',
      CONNECTOR_INTERCOM_BASE_URL: 'http://127.0.0.1:9000/',
      PUBLIC_URL: 'https://events.example.com/',
    },
    'dispatcher',
  )
  expect(settings.masterKeys.map(({ id, key: { length } }) => [id, length])).toEqual([
    ['new', 32],
    ['old', 32],
  ])
  expect(settings).toMatchObject({
    databaseDirectUrl: 'postgres://me:pw@db/t',
    kafkaBrokers: ['a:9092', 'b:9092'],
    kafkaSasl: { mechanism: 'plain', username: 'u', password: 'p' },
    egressAllow: ['10.0.0.0/8', '127.0.0.1/32'],
    connectorBaseUrls: { intercom: 'http://127.0.0.1:9000' },
    publicUrl: 'https://events.example.com',
  })
})

test('all faults are reported at once, each with its name and what would do, and no secret is repeated', () => {
  const faults = faultsOf({
    PORT: '99999',
    KAFKA_BROKERS: 'nowhere',
    MASTER_KEYS: 'a:short-secret',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://user:hunter2@db/x',
    EGRESS_ALLOW: '10.0.0.0/33',
    CONNECTOR_ICONTACT_BASE_URL: 'http://127.0.0.1/icp',
  })
  expect(faults).toEqual([
    'DATABASE_URL must be a URL that starts with postgres:// or postgresql://',
    'KAFKA_BROKERS must be host:port pairs, comma-separated; it is "nowhere"',
    'PORT must be a whole number from 0 to 65535; it is "99999"',
    'MASTER_KEYS must be id:base64 pairs of 32-byte keys, made by: openssl rand -base64 32',
    'EGRESS_ALLOW must be subnets like 10.0.0.0/8 or fd00::/8; it is "10.0.0.0/33"',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent; it is "loud"',
    'CONNECTOR_ICONTACT_BASE_URL must be scheme, host and port only; the definition has the paths',
  ])
})

test('settings that contradict each other are refused', () => {
  expect(faultsOf({ DATABASE_URL: 'postgres://db/t' })).toEqual([expect.stringContaining('MASTER_KEYS is needed')])
  expect(faultsOf({ DATABASE_DIRECT_URL: 'postgres://db/t' })).toEqual([expect.stringContaining('DATABASE_DIRECT_URL')])
  expect(faultsOf({ KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'u' })).toEqual([expect.stringContaining('go together')])
  expect(faultsOf({ KAFKA_SSL: 'true' })).toEqual([expect.stringContaining('need KAFKA_BROKERS')])
  expect(faultsOf({ EVENT_ID_DAYS: '10', EVENT_LOG_RETENTION_DAYS: '10' })).toEqual([
    expect.stringContaining('EVENT_ID_DAYS must be more than EVENT_LOG_RETENTION_DAYS'),
  ])
  expect(faultsOf({ PUBLIC_URL: 'https://u:p@x.example' })).toEqual([expect.stringContaining('PUBLIC_URL')])
})

test('the print-out shows everything but secrets', () => {
  const settings = readSettings(
    {
      DATABASE_URL: 'postgres://me:hunter2@db/t',
      EGRESS_PROXY: 'http://proxy:pass-word@p:3128',
      MASTER_KEYS: `k1:${key}`,
      KAFKA_BROKERS: 'a:1',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'kafka-user',
      KAFKA_SASL_PASSWORD: 'sasl-secret',
      CONNECTOR_INTERCOM_BASE_URL: 'http://stand-in:1',
    },
    'poller',
  )
  const printed = printable(settings)
  expect(printed).toMatchObject({
    DATABASE_URL: 'postgres://me:********@db/t',
    MASTER_KEYS: '********',
    KAFKA_SASL_USERNAME: 'kafka-user',
    KAFKA_SASL_PASSWORD: '********',
    CONNECTORS_DIR: 'unset',
    CONNECTOR_INTERCOM_BASE_URL: 'http://stand-in:1',
  })
  expect(JSON.stringify(printed)).not.toMatch(new RegExp(`hunter2|pass-word|sasl-secret|${key}`))
})
