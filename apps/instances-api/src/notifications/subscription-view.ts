import type { Subscription } from '#deliveries'
import type { SubscriptionBody } from './notification.dto.js'
import { writeTopic } from './topic.js'

/** A subscription as the API shows it. */
export function subscriptionView(subscription: Subscription): SubscriptionBody {
  const { id, instanceId, url, configured, active, deactivatedReason, createdAt } = subscription
  return {
    ...{ id: Number(id), channel: 'webhook', topics: [writeTopic(subscription)], config: { url }, active },
    ...{ deactivatedReason, instanceId, configured, createdDate: createdAt },
  }
}
