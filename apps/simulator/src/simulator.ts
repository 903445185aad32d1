import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Clock } from './clock/clock.js'
import { simulatorAdapter } from './http/adapter.js'
import { AnswerFilter } from './http/answer.js'
import { IContact } from './icontact/icontact.js'
import { Intercom } from './intercom/intercom.js'
import { Receiver } from './receiver/receiver.js'
import { SimulatorModule } from './simulator.module.js'

/** A running simulator. Its parts are the same objects that the HTTP endpoints serve from. */
export interface Simulator {
  /** `http://127.0.0.1:<port>`: what `CONNECTOR_INTERCOM_BASE_URL` and `CONNECTOR_ICONTACT_BASE_URL` take. */
  url: string
  intercom: Intercom
  icontact: IContact
  receiver: Receiver
  /** The vendors' time. */
  clock: Clock
  close(): Promise<void>
}

/**
 * Starts the simulator on `host` (127.0.0.1) and `port` (any free one). It needs nothing else to run. `publicUrl` is
 * where others reach it, if that is another address.
 */
export async function startSimulator(
  options: { host?: string; port?: number; publicUrl?: string } = {},
): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0 } = options
  const app = await NestFactory.create<NestFastifyApplication>(SimulatorModule, simulatorAdapter(), {
    bodyParser: false,
    logger: ['error', 'fatal'],
    abortOnError: false,
  })
  app.useGlobalFilters(new AnswerFilter())
  await app.listen(port, host)
  const url = options.publicUrl ?? (await addressOf(app, host))
  const receiver = app.get(Receiver)
  receiver.listeningAt(url)
  return {
    url,
    intercom: app.get(Intercom),
    icontact: app.get(IContact),
    receiver,
    clock: app.get(Clock),
    close: () => app.close(),
  }
}

async function addressOf(app: NestFastifyApplication, host: string): Promise<string> {
  const { port } = new URL(await app.getUrl())
  // An address that listens everywhere isn't one that can be called.
  const callable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${callable.includes(':') ? `[${callable}]` : callable}:${port}`
}
