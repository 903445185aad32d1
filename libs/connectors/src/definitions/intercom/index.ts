import type { Definition } from '../../definition.js'
import { authentication, fields, identify, sites } from './authentication.js'
import { resources } from './resources.js'
import { otherTopics, topics } from './topics.js'

/** Intercom, REST API 2.14 and its webhooks of all versions. */
export const intercom: Definition = {
  key: 'intercom',
  id: 13767,
  name: 'Intercom',
  description: 'Conversations, contacts, companies and tickets of an Intercom workspace',
  hub: 'marketing',
  image: 'elements/provider_intercom.png',
  api: {
    sites,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      // Pinned: without it the version is whatever the app was set to in the Developer Hub.
      'intercom-version': '2.14',
    },
    errors: {
      list: 'errors',
      message: ['message'],
      // API 1.x says "type" for "code".
      code: ['code', 'type'],
      codes: {
        token_revoked: 'revoked',
        token_suspended: 'revoked',
        api_plan_restricted: 'revoked',
        rate_limit_exceeded: 'throttled',
        // Someone else's scroll of this workspace is open, and closes after a minute.
        scroll_exists: 'busy',
        service_unavailable: 'unavailable',
        server_error: 'unavailable',
      },
    },
    rateLimit: {
      // 10,000 a minute for an app, 25,000 for a workspace, in windows of 10 s. An access token is of one app, too.
      limits: [
        {
          ...{ requests: 1_666, windowSeconds: 10 },
          per: ['{oauth.api.key} {oauth.api.secret}', '{oauth.user.token}'],
        },
        { requests: 4_166, windowSeconds: 10, per: ['{workspace}'] },
      ],
      remaining: 'x-ratelimit-remaining',
      reset: 'x-ratelimit-reset',
      resetUnit: 'epoch-seconds',
      // Budgets are given in windows of 10 s within a minute; whatever is far beyond is a wrong clock.
      longestWaitSeconds: 300,
      waitSeconds: 60,
    },
  },
  authentication,
  identify,
  fields,
  resources,
  webhooks: {
    verification: {
      scheme: 'hmac',
      header: 'x-hub-signature',
      algorithm: 'sha1',
      encoding: 'hex',
      prefix: 'sha1=',
      keys: ['event.vendor.signature.key', 'oauth.api.secret'],
    },
    handshakes: [{ when: { topic: 'ping' } }],
    workspace: 'app_id',
    topic: 'topic',
    // Null in a ping, and was in a conversation.read.
    notificationId: 'id',
    createdAt: 'created_at',
    item: 'data.item',
    itemDates: { updatedAt: ['item.updated_at'], createdAt: ['item.created_at'] },
    topics,
    otherTopics,
  },
}
