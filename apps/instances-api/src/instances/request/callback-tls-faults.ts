import { tlsFaults, validityFault, type TlsTexts } from '#egress'
import type { Configuration } from '#instances'
import { placeOf, type Faults } from './faults.js'

const keys = {
  ca: 'event.notification.callback.ca',
  certificate: 'event.notification.callback.client.certificate',
  key: 'event.notification.callback.client.key',
} as const

/**
 * Reports what is wrong with the CA and the client certificate of callbacks. What has ended since it was stored is left:
 * it must not stand in the way of other changes, and the callbacks' attempts tell of it.
 */
export function reportCallbackTlsFaults(configuration: Configuration, before: Configuration, faults: Faults): void {
  const texts: TlsTexts = {}
  for (const part of ['ca', 'certificate', 'key'] as const) {
    const text = configuration[keys[part]]
    if (text && text.trim() !== '') texts[part] = text
  }
  const add = (part: keyof TlsTexts, message: string) => faults.add(placeOf(['configuration', keys[part]]), message)
  for (const { part, message } of tlsFaults(texts)) add(part, message)
  for (const part of ['ca', 'certificate'] as const) {
    const text = texts[part]
    const isNew = text !== undefined && text !== before[keys[part]]
    const fault =
      isNew && !faults.about(placeOf(['configuration', keys[part]])) ? validityFault(text, Date.now()) : null
    if (fault !== null) add(part, fault)
  }
}
