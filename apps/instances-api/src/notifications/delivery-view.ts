import type { StoredDelivery, Subscription } from '#deliveries'
import { envelope, type NormalizedEvent } from '#events'
import type { DeliveryBody } from './notification.dto.js'
import { subscriptionView } from './subscription-view.js'

/** A delivery as the API shows it. */
export function deliveryView(delivery: StoredDelivery): DeliveryBody {
  const { notificationId, subscriptionId, status, attempts, createdAt, updatedAt, dueAt, lastError } = delivery
  return {
    ...{
      notificationId,
      subscriptionId: Number(subscriptionId),
      status,
      createdDate: createdAt,
      updatedDate: updatedAt,
    },
    ...{ dueDate: dueAt, attempts, error: lastError, instanceId: delivery.instanceId, config: { url: delivery.url } },
  }
}

/**
 * JSON of deliveries with the callback's body as `notification`, byte for byte (its numbers may be more than a parser
 * can hold), and with their subscriptions. What is past retention is null.
 */
export function hydrated(
  deliveries: readonly StoredDelivery[],
  events: ReadonlyMap<string, [NormalizedEvent, ...NormalizedEvent[]]>,
  subscriptions: ReadonlyMap<string, Subscription>,
): string {
  const texts = deliveries.map(delivery => {
    const { notificationId, subscriptionId, createdAt } = delivery
    const found = events.get(notificationId)
    const subscription = subscriptions.get(subscriptionId)
    const body = found ? envelope({ id: notificationId, createdDate: createdAt.toISOString(), events: found }) : 'null'
    const view = { ...deliveryView(delivery), subscription: subscription ? subscriptionView(subscription) : null }
    return `${JSON.stringify(view).slice(0, -1)},"notification":${body}}`
  })
  return `[${texts.join(',')}]`
}
