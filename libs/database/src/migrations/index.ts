import { Deliveries1700000000003 } from './0003-deliveries.js'
import { EventLog1700000000002 } from './0002-event-log.js'
import { Idempotency1700000000006 } from './0006-idempotency.js'
import { Instances1700000000001 } from './0001-instances.js'
import { Polling1700000000004 } from './0004-polling.js'
import { Reconciling1700000000007 } from './0007-reconciling.js'
import { WebhookSpool1700000000005 } from './0005-webhook-spool.js'

/** In the order they run. */
export const migrations = [
  Instances1700000000001,
  EventLog1700000000002,
  Deliveries1700000000003,
  Polling1700000000004,
  WebhookSpool1700000000005,
  Idempotency1700000000006,
  Reconciling1700000000007,
]
