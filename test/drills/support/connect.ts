import { ICONTACT_DEMO } from '../../../apps/simulator/src/icontact/icontact.js'
import { INTERCOM_DEMO } from '../../../apps/simulator/src/intercom/intercom.js'
import type { Mailbox } from '../../../apps/simulator/src/receiver/mailbox.js'
import type { Scene } from './scene.js'

/** An instance with a mailbox of its own for its callbacks. */
export interface Connected {
  id: number
  webhookUrl: string
  mailbox: Mailbox
}

/** An Intercom instance that is told of changes by webhooks. */
export function connectWebhooks(scene: Scene, name = 'webhooks'): Promise<Connected> {
  return connect(scene, 'intercom', name, { ...intercom, 'event.vendor.type': 'webhooks' })
}

/** An Intercom instance whose conversations are polled. */
export function connectPolling(scene: Scene, name = 'polling'): Promise<Connected> {
  return connect(scene, 'intercom', name, { ...intercom, ...polling('conversations') })
}

/** An iContact instance whose contacts are polled. */
export function connectIContact(scene: Scene, name = 'icontact'): Promise<Connected> {
  return connect(scene, 'icontact', name, {
    'api.version': '2.2',
    AppID: ICONTACT_DEMO.appId,
    'api.username': ICONTACT_DEMO.username,
    'api.password': ICONTACT_DEMO.password,
    ...polling('contacts'),
  })
}

const intercom = {
  'oauth.api.key': INTERCOM_DEMO.clientId,
  'oauth.api.secret': INTERCOM_DEMO.clientSecret,
  'oauth.user.token': INTERCOM_DEMO.token,
}

function polling(resource: string): Record<string, unknown> {
  return {
    'event.vendor.type': 'polling',
    'event.poller.refresh_interval': '15',
    'event.poller.configuration': { [resource]: { url: `/hubs/marketing/${resource}` } },
  }
}

async function connect(scene: Scene, key: string, name: string, configuration: object): Promise<Connected> {
  const mailbox = scene.simulator.receiver.mailbox(name, { key: 'drill' })
  const { status, body } = await scene.system.api('POST', '/elements/api-v2/instances', {
    element: { key },
    configuration: {
      'event.notification.enabled': true,
      'event.notification.callback.url': mailbox.url,
      'event.notification.signature.key': 'drill',
      ...configuration,
    },
    tags: [],
    name,
  })
  if (status !== 200) throw new Error(`POST /instances: ${status} ${JSON.stringify(body)}`)
  return { ...(body as { id: number; webhookUrl: string }), mailbox }
}
