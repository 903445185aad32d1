import { ICONTACT_DEMO } from '../../../simulator/src/icontact/icontact.js'
import { INTERCOM_DEMO } from '../../../simulator/src/intercom/intercom.js'
import type { Simulator } from '../../../simulator/src/simulator.js'
import type { Api, CreatedInstance } from './api.js'

/** An event that has to arrive. */
export interface Expected {
  what: string
  objectType: string
  objectId: string
  eventType: 'CREATED' | 'UPDATED' | 'DELETED'
}

/** One way that changes come in: an instance, its changes, and what must come of them. */
export interface Lane {
  title: string
  /** The callback mailbox, and the instance's name. */
  name: string
  instance: CreatedInstance
  expected: Expected[]
}

const signatureKey = 'demo-signature-key'

/** Creates the three instances, each with a callback of its own. */
export async function connect(api: Api, simulator: Simulator): Promise<[Lane, Lane, Lane]> {
  const webhooks = await create(api, simulator, 'intercom', 'intercom-webhooks', {
    'event.vendor.type': 'webhooks',
  })
  const polling = await create(api, simulator, 'intercom', 'intercom-polling', {
    'event.vendor.type': 'polling',
    'event.poller.refresh_interval': '15',
    'event.poller.configuration': {
      conversations: {
        url: '/hubs/marketing/conversations?orderBy=updated_at desc',
        idField: 'id',
        datesConfiguration: {
          updatedDateField: 'updated_at',
          updatedDateFormat: 'timestamp',
          updatedDateTimezone: 'GMT',
          createdDateField: 'created_at',
          createdDateFormat: 'timestamp',
          createdDateTimezone: 'GMT',
        },
      },
    },
  })
  const icontact = await create(api, simulator, 'icontact', 'icontact-polling', {
    'event.poller.refresh_interval': '15',
    'event.poller.configuration': {
      contacts: {
        url: "/hubs/general/contacts}'",
        idField: 'contactId',
        datesConfiguration: {
          updatedDateField: 'createDate',
          updatedDateFormat: "yyyy-MM-dd' 'HH:mm:ss",
          createdDateField: 'createDate',
          createdDateFormat: "yyyy-MM-dd' 'HH:mm:ss",
        },
      },
    },
  })
  await simulator.intercom.saveWebhook(webhooks.webhookUrl ?? '', ['*'])
  return [
    { title: 'Intercom, by webhooks', name: 'intercom-webhooks', instance: webhooks, expected: [] },
    { title: 'Intercom, by polling', name: 'intercom-polling', instance: polling, expected: [] },
    { title: 'iContact, by polling', name: 'icontact-polling', instance: icontact, expected: [] },
  ]
}

/** What people do at the vendors, in two rounds with a poll after each. */
export async function work(api: Api, simulator: Simulator, [webhooks, polling, icontact]: [Lane, Lane, Lane]) {
  const { conversations, contacts } = simulator.intercom.workspace()
  const pollAll = () => Promise.all([api.poll(polling.instance.id), api.poll(icontact.instance.id)])

  const asked = conversations.userCreated({ body: 'Hello, I was charged twice.' })
  const spam = conversations.userCreated({ body: 'Cheap watches!' })
  const maya = contacts.create({ name: 'Maya Okonkwo', email: 'maya@example.com' })
  const row = simulator.icontact.folder().createListedContact({ email: 'maya@example.com', firstName: 'Maya' })
  for (const lane of [webhooks, polling]) {
    expect(lane, 'a customer starts a conversation', 'conversations', asked.id, 'CREATED')
    expect(lane, 'another one does', 'conversations', spam.id, 'CREATED')
  }
  expect(webhooks, 'a contact is created', 'contacts', maya.id, 'CREATED')
  expect(icontact, 'a contact is created', 'contacts', String(row['contactId']), 'CREATED')
  await pollAll()

  // Vendors' dates are granular to the second: what happens in the next one is a change of its own.
  await new Promise(done => setTimeout(done, 1_100))
  conversations.adminReplied(asked.id, { body: 'Sorry! The money is on its way back.' })
  contacts.tag(maya.id, 'refunded')
  conversations.delete(spam.id)
  for (const lane of [webhooks, polling]) {
    expect(lane, 'a teammate replies', 'conversations', asked.id, 'UPDATED')
    expect(lane, 'a conversation is deleted', 'conversations', spam.id, 'DELETED')
  }
  expect(webhooks, 'a contact is tagged', 'contacts', maya.id, 'UPDATED')
  await pollAll()
}

async function create(
  api: Api,
  simulator: Simulator,
  key: 'intercom' | 'icontact',
  name: string,
  configuration: object,
): Promise<CreatedInstance> {
  const callback = simulator.receiver.mailbox(name, { key: signatureKey })
  return api.call('POST', '/elements/api-v2/instances', {
    element: { key },
    ...(key === 'intercom' && { providerData: { code: await authorize(api) } }),
    configuration: {
      ...(key === 'intercom' ? intercomApp : icontactCredentials),
      'event.notification.enabled': true,
      'event.notification.callback.url': callback.url,
      'event.notification.signature.key': signatureKey,
      ...configuration,
    },
    tags: ['Demo'],
    name,
  })
}

/** The OAuth dance: our link, the vendor's page, its redirect with a code. */
async function authorize(api: Api): Promise<string> {
  const query = new URLSearchParams({
    apiKey: INTERCOM_DEMO.clientId,
    apiSecret: INTERCOM_DEMO.clientSecret,
    callbackUrl: intercomApp['oauth.callback.url'],
  })
  const { oauthUrl } = await api.call<{ oauthUrl: string }>(
    'GET',
    `/elements/api-v2/elements/intercom/oauth/url?${query.toString()}`,
  )
  const page = await fetch(oauthUrl, { redirect: 'manual' })
  const code = new URL(page.headers.get('location') ?? 'about:blank').searchParams.get('code')
  if (!code) throw new Error(`the simulated Intercom gave no code: ${page.status} ${await page.text()}`)
  return code
}

const intercomApp = {
  'oauth.api.key': INTERCOM_DEMO.clientId,
  'oauth.api.secret': INTERCOM_DEMO.clientSecret,
  'oauth.callback.url': 'https://mycoolapp.com/oauth',
}

const icontactCredentials = {
  'api.version': '2.2',
  AppID: ICONTACT_DEMO.appId,
  'api.username': ICONTACT_DEMO.username,
  'api.password': ICONTACT_DEMO.password,
}

function expect(lane: Lane, what: string, objectType: string, objectId: string, eventType: Expected['eventType']) {
  lane.expected.push({ what, objectType, objectId, eventType })
}
