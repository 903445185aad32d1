import { Controller, Get, Module, Param } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { connect } from 'node:net'
import { readSettings } from '../settings/read-settings.js'
import { createApp } from '../start/create-app.js'

@Controller()
class ThingsController {
  @Get('things/:id')
  thing(@Param('id') id: string): string {
    return id
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

let app: NestFastifyApplication

beforeAll(async () => {
  app = await createApp(readSettings({ LOG_LEVEL: 'silent' }, 'instances-api'), ThingsModule)
  await app.listen(0, '127.0.0.1')
})

afterAll(() => app.close())

/** What comes back over the wire, until the other side closes. */
async function answerTo(bytes: string): Promise<{ status: number; body: unknown }> {
  const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1')
  let text = ''
  socket.on('data', chunk => (text += String(chunk)))
  socket.on('error', () => {})
  socket.write(bytes)
  await new Promise(done => socket.once('close', done))
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as unknown }
}

test.each([
  ['a path that is not decodable', '/things/%zz', 400, /%25/],
  ['half a UTF-8 character', '/things/%c3', 400, /%25/],
  ['a segment too long', `/things/${'x'.repeat(1_100)}`, 414, /1024/],
  ['an address too long', `/things/x?${'x'.repeat(20_000)}`, 431, /16 KiB/],
  ['a path with a blank', '/things/a b', 400, /%20/],
  ['a query with blanks', "/things/a?where=status='queued' AND channel='webhook'", 400, /%20/],
  ['no version', '/things/a\r\n', 400, /not a readable/],
])('%s is told in the documented body, which shows nothing of what was sent', async (_what, path, status, message) => {
  const answer = await answerTo(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  expect(answer).toEqual({
    status,
    body: {
      requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown,
      message: expect.stringMatching(message) as unknown,
      providerMessage: null,
    },
  })
})
