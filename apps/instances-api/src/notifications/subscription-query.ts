import type { SubscriptionFilter } from '#deliveries'
import { QueryReading } from '../events/query-reading.js'
import { readTopic } from './topic.js'

/** Reads the query of `GET /notifications/subscriptions`; every fault at once. */
export function readSubscriptionQuery(
  query: Readonly<Record<string, unknown>>,
): SubscriptionFilter & { limit: number } {
  const reading = new QueryReading(query)
  const instanceIds = reading.ids('instanceId') ?? []
  const [instanceId] = instanceIds
  if (instanceIds.length > 1) reading.fault('instanceId: has several; name one')
  const topicText = reading.text('topic')
  const topic = topicText === undefined ? undefined : readTopic(topicText)
  if (topic === null) reading.fault(`topic: ${JSON.stringify(topicText)} is not like instance-410-intercom-events`)
  const active = reading.oneOf('active', ['true', 'false'])
  const limit = reading.pageSize()
  const after = reading.nextPage(token => (/^\d{1,18}$/.test(token) ? token : null))
  reading.done()
  return {
    limit,
    ...(instanceId !== undefined && { instanceId }),
    ...(topic && { topic }),
    ...(active && { active: active === 'true' }),
    ...(after !== undefined && { after }),
  }
}
