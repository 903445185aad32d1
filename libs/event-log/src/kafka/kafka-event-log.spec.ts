import { eventLogConformance } from '../conformance/event-log-conformance.js'
import { openKafka } from '../conformance/kafka-under-test.js'
import { whyNoKafka, testKafka } from '../testing/test-kafka.js'

const why = whyNoKafka()

if (why) describe.skip(`the event log on Kafka (${why})`, () => test('its conformance', () => undefined))
else {
  eventLogConformance('Kafka', async () => {
    const { brokers, why } = await testKafka()
    if (!brokers) throw new Error(why)
    return { open: () => openKafka(brokers), close: async () => undefined }
  })
}
