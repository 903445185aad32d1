import { EVENT_LOG, eventsTopic, type EventLog } from '#event-log'
import { testDatabase } from '#test'
import { testKafka, whyNoKafka } from '../../../../libs/event-log/src/testing/test-kafka.js'
import { RunningApi } from '../testing/running-api.js'
import { contentIntercom, VendorStandIn } from '../testing/vendor-stand-in.js'
import type { ErasureBody } from './erasure.dto.js'

const why = whyNoKafka()
const testWithKafka = why ? test.skip : test

testWithKafka(
  `with the log in Kafka the report says until when the topic may hold records${why ? ` (${why})` : ''}`,
  async () => {
    const [database, vendor] = [await testDatabase(), new VendorStandIn()]
    contentIntercom(vendor)
    const prefix = `erasure-${Date.now()}`
    const api = await RunningApi.start({
      ...{ DATABASE_URL: database.url, CONNECTOR_INTERCOM_BASE_URL: await vendor.start(), TOPIC_PREFIX: prefix },
      KAFKA_BROKERS: (await testKafka()).brokers?.join() ?? '',
    })
    try {
      const created = await api.call('POST', '/instances', {
        body: { element: { key: 'intercom' }, name: 'x', configuration: { 'oauth.user.token': 'tok' } },
      })
      const path = `//api/instances/${(created.body as { id: number }).id}/erasures`
      const body = { confirm: 'everything' }
      const without = (await api.call('POST', path, { body })).body as ErasureBody
      const topic = eventsTopic(prefix, 'intercom')
      expect(without).toMatchObject({
        state: 'done',
        kafka: { topic, heldUntil: null, note: expect.any(String) as unknown },
      })

      await api.app.get<EventLog>(EVENT_LOG).ensureTopics([topic])
      const { erasedAt, kafka } = (await api.call('POST', path, { body })).body as ErasureBody
      const days = (Date.parse(String(kafka?.heldUntil)) - Date.parse(String(erasedAt))) / 86_400_000
      // Both retention.ms and segment.ms are seven days where nobody set them.
      expect([kafka?.note, Math.floor(days)]).toEqual([null, 14])
    } finally {
      await api.close()
      await vendor.stop()
      await database.drop()
    }
  },
  120_000,
)
