import type { Instance } from './instance.js'

/** Where the vendor is to send an instance's webhooks. `publicUrl` is the setting's, without a slash at its end. */
export function webhookUrl(instance: Pick<Instance, 'id' | 'elementKey' | 'doorKey'>, publicUrl: string): string {
  const last = instance.doorKey ?? Buffer.from(String(instance.id)).toString('base64')
  return `${publicUrl}/elements/api-v2/events/${encodeURIComponent(instance.elementKey)}/${last}`
}
