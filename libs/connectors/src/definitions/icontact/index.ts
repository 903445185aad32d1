import type { Definition } from '../../definition.js'
import { authentication, fields, identify } from './authentication.js'
import { resources } from './resources.js'

/** iContact, API 2.x. Its own web hooks name neither event nor time and aren't signed, so it is polled. */
export const icontact: Definition = {
  key: 'icontact',
  id: 13766,
  name: 'iContact',
  description: 'Contacts, messages, lists and engagement of an iContact account',
  hub: 'marketing',
  image: 'elements/provider_icontact.png',
  api: {
    sites: [{ name: 'default', api: 'https://app.icontact.com/icp' }],
    path: '/a/{accountId}/c/{clientFolderId}',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    errors: {
      list: 'errors',
      message: ['message'],
      // 501: no such API version. 503 is what it answers under load; 429 is unknown to it.
      statuses: { '501': 'rejected', '503': 'throttled' },
    },
    // As Cloud Elements gave them; iContact publishes none, and has no headers for them.
    rateLimit: {
      limits: [
        { requests: 10_000, windowSeconds: 3_600, per: ['{AppID} {accountId}'] },
        { requests: 70_000, windowSeconds: 86_400, per: ['{AppID} {accountId}'] },
      ],
      waitSeconds: 60,
    },
    warnings: {
      path: 'warnings',
      // A term that it doesn't know is left out of the search, and everything comes.
      filterIgnored: 'ignor|unknown|unrecogni[sz]ed|not (?:a )?(?:valid|recogni[sz]ed|searchable|supported)|invalid',
    },
  },
  authentication,
  identify,
  fields,
  resources,
}
