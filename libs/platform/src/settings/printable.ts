import { settingsTable, type Settings, type SettingValues } from '../settings.js'

const mask = '********'

/** The settings by their names in the environment, fit to be printed: secrets and passwords within URLs are masked. */
export function printable(settings: Settings): Record<string, string> {
  const { kafkaSasl } = settings
  const values: Partial<SettingValues> = {
    ...settings,
    kafkaSaslMechanism: kafkaSasl?.mechanism,
    kafkaSaslUsername: kafkaSasl?.username,
    kafkaSaslPassword: kafkaSasl?.password,
  }
  const printed = Object.entries(settingsTable).map(([key, { name, secret }]) => {
    const value = values[key as keyof SettingValues]
    return [name, secret && !isUnset(value) ? mask : shown(value)]
  })
  const bases = Object.entries(settings.connectorBaseUrls).map(([key, url]) => [baseUrlName(key), url])
  return Object.fromEntries([...printed, ...bases]) as Record<string, string>
}

function isUnset(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

function shown(value: unknown): string {
  if (isUnset(value)) return 'unset'
  return Array.isArray(value)
    ? value.join(',')
    : withoutPassword(typeof value === 'string' ? value : JSON.stringify(value))
}

function withoutPassword(value: string): string {
  return value.replace(/^(\w+:\/\/[^/@]*:)[^@]*@/, `$1${mask}@`).replace(/([?&]password=)[^&]*/i, `$1${mask}`)
}

function baseUrlName(key: string): string {
  return `CONNECTOR_${key.toUpperCase()}_BASE_URL`
}
