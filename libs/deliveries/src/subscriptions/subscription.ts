import type { CallbackTarget } from './callback-target.js'

/** Why a subscription gets no callbacks any more. */
export type DeactivationReason = 'gone' | 'unreachable' | 'replaced' | 'removed'

/** A URL that gets an instance's events, as the API shows it. */
export interface Subscription {
  id: string
  accountId: number
  instanceId: number
  elementKey: string
  url: string
  /** It is the instance's configured callback URL, or was until it ended. */
  configured: boolean
  /** Somebody asked for it beside the configuration: it outlasts its URL there. */
  added: boolean
  active: boolean
  deactivatedReason: DeactivationReason | null
  deactivatedAt: Date | null
  createdAt: Date
  /** Set once another URL took its place, or it was taken away. */
  endedAt: Date | null
  /** Of its URL within the account, whichever instance it was for. */
  lastSuccessAt: Date | null
}

/** What of a current subscription has to agree with its instance. */
export interface SubscriptionState {
  url: string
  configured: boolean
  /** As its instance is configured. */
  ownRate: number | null
  retired: boolean
}

/** Whether an instance's current subscriptions say what the instance says. */
export function agree(target: CallbackTarget, current: readonly SubscriptionState[]): boolean {
  const configured = current.find(one => one.configured)?.url ?? null
  return (
    configured === target.url &&
    current.every(one => one.ownRate === target.ratePerSecond && one.retired === target.retired)
  )
}

/** A `Subscription`, of `subscription s` and its `lane l`. */
export const subscriptionColumns = `
  s.id, s.account_id as "accountId", s.instance_id as "instanceId", s.element_key as "elementKey", s.url,
  s.configured, s.added, s.active, s.deactivated_reason as "deactivatedReason", s.deactivated_at as "deactivatedAt",
  s.created_at as "createdAt", s.ended_at as "endedAt", l.last_success_at as "lastSuccessAt"`
