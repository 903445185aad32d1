import { callbackFault, type CallbackRules } from '../instances/request/event-faults.js'
import { placeOf, quoted, wrong, type Faults } from '../instances/request/faults.js'
import { readTopic, type Topic } from './topic.js'

/** What of `POST /notifications/subscriptions` could be read; the rest is among the faults. */
export interface SubscriptionRequest {
  topic: Topic | null
  url: string | null
}

const longestUrl = 2_048

/** Reads `{channel: "webhook", topics: ["instance-<id>-<elementKey>-events"], config: {url}}`; every fault at once. */
export function readSubscription(body: unknown, rules: CallbackRules, faults: Faults): SubscriptionRequest {
  if (!isObject(body)) {
    faults.add(
      'body',
      'is not an object; write {"channel": "webhook", "topics": ["instance-…"], "config": {"url": "…"}}',
    )
    return { topic: null, url: null }
  }
  if (body['channel'] !== 'webhook') faults.add('channel', channelFault(body['channel']))
  return { topic: readTopics(body['topics'], faults), url: readUrl(body['config'], rules, faults) }
}

function channelFault(channel: unknown): string {
  return channel === 'email' || channel === 'sms' || channel === 'push'
    ? `${quoted(channel)} is not to be had here; notifications are callbacks: write "webhook"`
    : `${wrong(channel, 'is no channel')}; write "webhook"`
}

function readTopics(topics: unknown, faults: Faults): Topic | null {
  const expected = 'write the topic of one instance, such as ["instance-410-intercom-events"]'
  if (!Array.isArray(topics) || topics.length === 0) {
    faults.add('topics', `${wrong(topics, 'is no list of topics')}; ${expected}`)
    return null
  }
  if (topics.length > 1) {
    faults.add('topics', `has ${topics.length} topics, and a subscription has one; make one subscription for each`)
    return null
  }
  const [text] = topics as unknown[]
  const topic = typeof text === 'string' ? readTopic(text) : null
  if (!topic) faults.add(placeOf(['topics', 0]), `${quoted(text)} is no topic; ${expected}`)
  return topic
}

function readUrl(config: unknown, rules: CallbackRules, faults: Faults): string | null {
  const given = isObject(config) ? config['url'] : undefined
  if (typeof given !== 'string') {
    faults.add(
      'config.url',
      `${wrong(given, 'is not a URL')}; write the whole of it, such as https://example.com/events`,
    )
    return null
  }
  const url = given.trim()
  const fault = /\p{Cc}|\p{Surrogate}/u.test(url)
    ? `${quoted(url)} has characters in it that no URL has`
    : url.length > longestUrl
      ? `has ${url.length} characters; ${longestUrl} are the most`
      : callbackFault(url, rules)
  if (fault !== null) faults.add('config.url', fault)
  return fault === null ? url : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
