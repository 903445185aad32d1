import { whyNoKafka } from '../../../libs/event-log/src/testing/test-kafka.js'

export type Engine = 'postgres' | 'kafka'

// A broker that was given to us is none of ours to kill; each drill starts its own.
const given = process.env['KAFKA_BROKERS'] !== undefined && process.env['KAFKA_REQUIRED'] !== '1'

/** Why there is no broker here that may be killed; null where there is. */
export const whyNotKafka = given ? 'that of KAFKA_BROKERS is not ours to kill' : whyNoKafka()

/** The engines that can be drilled here. */
export const engines: readonly Engine[] = whyNotKafka === null ? ['postgres', 'kafka'] : ['postgres']
