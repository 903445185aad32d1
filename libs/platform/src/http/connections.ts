import type { FastifyInstance } from 'fastify'
import type { Socket } from 'node:net'

/**
 * Closes connections on which no request is under way once the server closes, and the others after their answer. Node
 * leaves open those that never sent a request, and those that become idle later, which would hold up the end.
 */
export function closeIdleConnections(fastify: FastifyInstance): void {
  const underWay = new Map<Socket, number>()
  let closing = false
  fastify.server.on('connection', (socket: Socket) => {
    underWay.set(socket, 0)
    socket.once('close', () => underWay.delete(socket))
  })
  fastify.server.on('request', ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const rest = (underWay.get(socket) ?? 1) - 1
      if (underWay.has(socket)) underWay.set(socket, rest)
      if (closing && rest === 0) socket.destroySoon()
    })
  })
  fastify.addHook('preClose', done => {
    closing = true
    for (const [socket, requests] of underWay) if (requests === 0) socket.destroy()
    done()
  })
}
