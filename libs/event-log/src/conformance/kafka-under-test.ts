import net from 'node:net'
import { KafkaEventLog } from '../kafka/kafka-event-log.js'
import type { Opened } from './engine-under-test.js'

/** A log on Kafka as a process of its own opens it, on sockets that can all be cut at once. */
export function openKafka(brokers: string[]): Opened {
  const sockets = new Set<net.Socket>()
  let crashed = false
  const log = new KafkaEventLog({
    brokers,
    clientId: 'conformance',
    sessionTimeoutMs: 6_000,
    socketFactory: ({ host, port, onConnect }) => {
      const socket = net.connect({ host, port }, onConnect)
      socket.setKeepAlive(true)
      if (crashed) socket.destroy(new Error('this process has crashed'))
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
  })
  const close = log.close.bind(log)
  log.close = () => (crashed ? Promise.resolve() : close())
  const crash = (): void => {
    crashed = true
    for (const socket of sockets) socket.destroy(new Error('this process has crashed'))
    void close()
  }
  return { log, crash }
}
