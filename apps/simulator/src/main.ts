import { ICONTACT_DEMO } from './icontact/icontact.js'
import { INTERCOM_DEMO } from './intercom/intercom.js'
import { startSimulator } from './simulator.js'

const { url, intercom, icontact, close } = await startSimulator({
  ...(process.env['PUBLIC_URL'] && { publicUrl: process.env['PUBLIC_URL'] }),
  host: process.env['HOST'] ?? '127.0.0.1',
  port: Number(process.env['PORT'] ?? 8090),
})
intercom.populate({ contacts: 25, conversations: 10, companies: 5 })
for (let n = 1; n <= 5; n++) icontact.folder().createListedContact({ email: `reader${String(n)}@example.com` })

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())

console.log(`Simulated Intercom and iContact at ${url}
  CONNECTOR_INTERCOM_BASE_URL=${url}  token ${INTERCOM_DEMO.token}, client ${INTERCOM_DEMO.clientId}, code ${INTERCOM_DEMO.code}
  CONNECTOR_ICONTACT_BASE_URL=${url}  app ${ICONTACT_DEMO.appId}, user ${ICONTACT_DEMO.username}
  callbacks to ${url}/callbacks/<name>
  what can be done: ${url}/control`)
