import { createHmac, randomBytes } from 'node:crypto'
import { INTERCOM_DEMO } from '../../../apps/simulator/src/intercom/intercom.js'

/**
 * One webhook notification as Intercom sends it, with so many bytes that can't be compressed; the status it was answered
 * with. Rejects where there was no answer.
 */
export async function notify(url: string, objectId: string, bytes = 0): Promise<number> {
  const at = Math.floor(Date.now() / 1_000)
  const title = randomBytes(bytes / 2).toString('hex')
  const item = { type: 'conversation', id: objectId, created_at: at, title }
  const body = JSON.stringify({
    type: 'notification_event',
    app_id: INTERCOM_DEMO.workspace,
    data: { type: 'notification_event_data', item },
    id: `notif_${objectId}`,
    topic: 'conversation.user.created',
    created_at: at,
  })
  const signature = createHmac('sha1', INTERCOM_DEMO.clientSecret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-hub-signature': `sha1=${signature}` }
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) })
  await response.arrayBuffer()
  return response.status
}
