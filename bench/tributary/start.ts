import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vendorKey } from '../notification.js'
import { freePort, Program } from '../processes.js'
import type { StartSubject } from '../subject.js'

const run = promisify(execFile)
const tool = fileURLToPath(new URL('../../../scripts/tributary.mjs', import.meta.url))

interface Account {
  userSecret: string
  organizationSecret: string
}

/** Tributary: its gateway and its dispatcher as two processes, with the instance made by its API as anybody would. */
export const startTributary: StartSubject = async ({ databaseUrl, engine, kafkaBrokers, sinkUrl }, extent) => {
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production' },
    ...{ DATABASE_URL: databaseUrl, MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}` },
    ...(engine === 'kafka' && { KAFKA_BROKERS: kafkaBrokers }),
    // Nobody is there, and nobody is needed: with an access token of its own the instance is made all the same.
    CONNECTOR_INTERCOM_BASE_URL: 'http://127.0.0.1:9',
    ...{ EGRESS_ALLOW: '127.0.0.0/8', TOPIC_PREFIX: `bench${randomBytes(4).toString('hex')}`, LOG_LEVEL: 'warn' },
  }
  const tributary = async (...words: string[]) => (await run(process.execPath, [tool, ...words], { env })).stdout
  await tributary('migrate')
  const account = JSON.parse(await tributary('accounts', 'create', '--json')) as Account
  const start = async (role: string) => {
    const port = await freePort()
    const program = Program.start(`apps/${role}/src/main.js`, { ...env, PORT: String(port) })
    const origin = `http://127.0.0.1:${port}`
    await program.ready(`${origin}/health/ready`)
    return { program, origin }
  }
  const api = await start('instances-api')
  const path = await connect(api.origin, account, sinkUrl)
  await api.program.stop()
  const gateway = await start('webhook-gateway')
  const dispatcher = extent === 'whole' ? await start('dispatcher') : null
  const programs = [gateway.program, ...(dispatcher ? [dispatcher.program] : [])]
  return {
    origin: gateway.origin,
    path,
    pids: { gateway: gateway.program.pid, ...(dispatcher && { dispatcher: dispatcher.program.pid }) },
    stop: async () => void (await Promise.all(programs.map(program => program.stop()))),
  }
}

/** Makes an instance by webhooks; resolves with the path of its webhook URL. */
async function connect(origin: string, account: Account, callbackUrl: string): Promise<string> {
  const response = await fetch(`${origin}/elements/api-v2/instances`, {
    method: 'POST',
    headers: {
      authorization: `User ${account.userSecret}, Organization ${account.organizationSecret}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      element: { key: 'intercom' },
      name: 'Bench',
      configuration: {
        'oauth.user.token': 'bench',
        'event.notification.enabled': true,
        'event.vendor.type': 'webhooks',
        'event.vendor.signature.key': vendorKey,
        'event.notification.callback.url': callbackUrl,
        'event.notification.signature.key': 'bench-signature-key',
      },
    }),
  })
  const body = (await response.json()) as { webhookUrl?: string; message?: string }
  if (body.webhookUrl === undefined) throw new Error(`the instance could not be made: ${body.message}`)
  return new URL(body.webhookUrl).pathname
}
