import { connectorBaseUrl, settingsTable } from '../settings.js'
import type { KafkaSasl, Settings, SettingValues } from '../settings.js'
import { Expectation, type Role, type Setting } from './setting.js'

/** The environment as Node gives it. */
export type Environment = Record<string, string | undefined>

/** Thrown with everything that is wrong with the settings, so that one look mends it all. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The settings can't be used (docs/settings.md lists them all):\n${faults.map(fault => `- ${fault}`).join('\n')}`,
    )
    this.name = 'SettingsError'
  }
}

/** @throws SettingsError naming every fault */
export function readSettings(environment: Environment, role: Role): Settings {
  const faults: string[] = []
  const values = readTable(environment, role, faults)
  const connectorBaseUrls = readConnectorBaseUrls(environment, faults)
  if (faults.length === 0) faults.push(...contradictions(values, role))
  if (faults.length > 0) throw new SettingsError(faults)
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, ...rest } = values
  const kafkaSasl = sasl(kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword)
  return {
    ...rest,
    role,
    connectorBaseUrls,
    ...(kafkaSasl && { kafkaSasl }),
    databaseDirectUrl: rest.databaseDirectUrl ?? rest.databaseUrl,
    publicUrl: (rest.publicUrl ?? defaultPublicUrl(rest)).replace(/\/+$/, ''),
  }
}

function readTable(environment: Environment, role: Role, faults: string[]): SettingValues {
  const read = ([key, setting]: [string, Setting<unknown>]) => [
    key,
    readOne(setting, setting.name, environment, role, faults),
  ]
  return Object.fromEntries(Object.entries(settingsTable).map(read)) as SettingValues
}

function readOne<T>(setting: Setting<T>, name: string, environment: Environment, role: Role, faults: string[]): T {
  const value = environment[name]?.trim()
  if (!value) return setting.fallback(role)
  try {
    return setting.parse(value)
  } catch (error) {
    if (!(error instanceof Expectation)) throw error
    faults.push(
      `${name} ${error.message}${setting.secret || value.includes('@') ? '' : `; it is ${JSON.stringify(value)}`}`,
    )
    return setting.fallback(role)
  }
}

function readConnectorBaseUrls(environment: Environment, faults: string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of Object.keys(environment)) {
    const key = /^CONNECTOR_(\w+)_BASE_URL$/.exec(name)?.[1]?.toLowerCase()
    if (!key || !environment[name]?.trim()) continue
    const value = readOne(connectorBaseUrl, name, environment, 'tool', faults)
    if (!value) continue
    const { origin, pathname, search, username } = new URL(value)
    if (pathname === '/' && !search && !username) found[key] = origin
    else faults.push(`${name} must be scheme, host and port only; the definition has the paths`)
  }
  return found
}

/** What each is right by itself and wrong together. */
function contradictions(values: SettingValues, role: Role): string[] {
  const { databaseUrl, databaseDirectUrl, masterKeys, kafkaBrokers, kafkaSsl, publicUrl } = values
  const saslParts = [values.kafkaSaslMechanism, values.kafkaSaslUsername, values.kafkaSaslPassword].filter(
    Boolean,
  ).length
  const rules: [boolean, string][] = [
    [
      Boolean(databaseUrl) && masterKeys.length === 0 && role !== 'tool',
      'MASTER_KEYS is needed with DATABASE_URL: set it to a name, a colon and the output of: openssl rand -base64 32',
    ],
    [
      Boolean(databaseDirectUrl) && !databaseUrl,
      'DATABASE_DIRECT_URL is set without DATABASE_URL; set both or neither',
    ],
    [
      saslParts > 0 && saslParts < 3,
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together; set all or none',
    ],
    [
      values.eventIdDays <= values.eventLogRetentionDays,
      'EVENT_ID_DAYS must be more than EVENT_LOG_RETENTION_DAYS, so that what the log still holds is known; ' +
        `they are ${values.eventIdDays} and ${values.eventLogRetentionDays}`,
    ],
    [(kafkaSsl || saslParts > 0) && kafkaBrokers.length === 0, 'KAFKA_SSL and KAFKA_SASL_* need KAFKA_BROKERS'],
    [
      publicUrl !== undefined && /[?#@]/.test(publicUrl),
      'PUBLIC_URL must be scheme, host, port and at most a path: no credentials, query or fragment',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, fault]) => fault)
}

function sasl(
  mechanism: KafkaSasl['mechanism'] | undefined,
  username?: string,
  password?: string,
): KafkaSasl | undefined {
  return mechanism && username && password ? { mechanism, username, password } : undefined
}

function defaultPublicUrl({ host, port }: { host: string; port: number }): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
