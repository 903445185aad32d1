import { kafkaLog } from './kafka-log.js'
import { postgresLog } from './postgres-log.js'
import type { BareLog } from './record.js'

/** The log that the environment names, ready to be used. */
export function openLog(role: 'append' | 'read'): Promise<BareLog> {
  const { DATABASE_URL = '', KAFKA_BROKERS = '', TOPIC = '' } = process.env
  return KAFKA_BROKERS ? kafkaLog(KAFKA_BROKERS.split(','), TOPIC, role) : postgresLog(DATABASE_URL)
}
