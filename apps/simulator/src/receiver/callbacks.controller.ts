import { setTimeout as sleep } from 'node:timers/promises'
import { All, Body, Controller, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Mode, ReceivedCallback } from './mailbox.js'
import { Receiver } from './receiver.js'

/** Where callbacks arrive: `/callbacks/<name>`, and anything below it. */
@Controller('callbacks')
export class CallbacksController {
  constructor(private readonly receiver: Receiver) {}

  @All([':name', ':name/*'])
  async receive(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { callback, mode } = this.receiver.mailbox(name).take({
      method: request.method,
      path: request.url,
      headers: request.headers,
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    })
    await answer(mode, callback, request, reply)
  }
}

async function answer(
  mode: Mode,
  callback: ReceivedCallback,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  switch (mode.kind) {
    case 'ok':
      send(callback, reply, mode.status ?? 200, '{"received":true}')
      return
    case 'fail':
      void reply.headers(mode.headers ?? {})
      send(callback, reply, mode.status, mode.body ?? `{"error":"told to answer ${String(mode.status)}"}`)
      return
    case 'delay':
      await sleep(mode.ms)
      send(callback, reply, mode.status ?? 200, '{"received":true}')
      return
    case 'hang':
      reply.hijack()
      return
    case 'reset':
      reply.hijack()
      request.raw.socket.destroy()
      return
    case 'drip':
      await drip(mode, callback, reply)
      return
    case 'cut':
      begin(callback, reply, 1_000)
      reply.raw.write('.'.repeat(500), () => reply.raw.destroy())
      return
    case 'flood':
      begin(callback, reply, mode.bytes)
      await flood(mode.bytes, reply)
      return
  }
}

function begin(callback: ReceivedCallback, reply: FastifyReply, bytes: number): void {
  reply.hijack()
  callback.answeredAt = Date.now()
  callback.status = 200
  reply.raw.writeHead(200, { 'content-type': 'text/plain', 'content-length': String(bytes) })
}

/** As fast as it is read, and no further than it is. */
async function flood(bytes: number, reply: FastifyReply): Promise<void> {
  const chunk = Buffer.alloc(65_536, '.')
  const closed = new Promise(done => reply.raw.once('close', done))
  for (let sent = 0; sent < bytes && !reply.raw.destroyed; sent += chunk.length) {
    const room = reply.raw.write(chunk.subarray(0, bytes - sent))
    if (!room) await Promise.race([closed, new Promise(done => reply.raw.once('drain', done))])
  }
  reply.raw.end()
}

function send(callback: ReceivedCallback, reply: FastifyReply, status: number, body: string): void {
  callback.answeredAt = Date.now()
  callback.status = status
  void reply.status(status).type('application/json').send(body)
}

/** Headers at once, then the body a byte at a time: a client that only watches for silence waits for ever. */
async function drip(mode: { bytes: number; everyMs: number }, callback: ReceivedCallback, reply: FastifyReply) {
  begin(callback, reply, mode.bytes)
  for (let sent = 0; sent < mode.bytes && !reply.raw.destroyed; sent++) {
    reply.raw.write('.')
    await sleep(mode.everyMs)
  }
  reply.raw.end()
}
