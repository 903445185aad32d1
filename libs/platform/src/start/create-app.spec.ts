import { Body, Controller, Get, HttpCode, Module, Param, Post, Req } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyRequest } from 'fastify'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, createLogger, Health, Metrics, readSettings } from '../index.js'

@Controller()
class TestController {
  constructor(private readonly metrics: Metrics) {}

  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: unknown): unknown {
    return { body: body ?? 'none' }
  }

  @Post('elements/api-v2/events/:key/:id')
  @HttpCode(200)
  door(@Req() request: FastifyRequest): unknown {
    const { body } = request
    return Buffer.isBuffer(body) ? { buffer: body.toString('latin1') } : { other: typeof body }
  }

  @Get('slow/:secret')
  async slow(@Param('secret') secret: string): Promise<string> {
    this.metrics.counter('slow_total', 'Slow ones.', ['kind']).inc({ kind: 'test' })
    await sleep(400)
    return secret.length.toString()
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

const lines: string[] = []
let app: NestFastifyApplication

beforeEach(async () => {
  lines.length = 0
  const settings = readSettings({ PORT: '0' }, 'instances-api')
  app = await createApp(settings, TestModule, createLogger(settings, { write: line => void lines.push(line) }))
  await app.listen(0, '127.0.0.1')
})

afterEach(() => app.close())

async function post(path: string, body: string | Buffer | undefined, type?: string): Promise<[number, string]> {
  const response = await fetch((await app.getUrl()) + path, {
    method: 'POST',
    ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : body }),
    headers: type === undefined ? {} : { 'content-type': type },
  })
  return [response.status, await response.text()]
}

const door = '/elements/api-v2/events/intercom/MQ=='
const mebibyte = 1024 * 1024

describe('bodies', () => {
  test('at the vendors’ door the bytes come as they are, whatever their type', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/xml', 'image/png', undefined]) {
      expect(await post(door, '{"broken', type)).toEqual([200, '{"buffer":"{\\"broken"}'])
    }
    expect(await post(door, Buffer.from([0xff, 0x41]), 'application/json')).toEqual([200, '{"buffer":"ÿA"}'])
    expect((await post(door, undefined))[0]).toBe(200)
  })

  test('elsewhere JSON is parsed, and an empty body is none', async () => {
    expect(await post('/echo', '{"a":[1]}', 'application/json')).toEqual([200, '{"body":{"a":[1]}}'])
    expect(await post('/echo', '{"a":1}', 'application/merge-patch+json; charset=utf-8')).toEqual([
      200,
      '{"body":{"a":1}}',
    ])
    expect(await post('/echo', '', 'application/json')).toEqual([200, '{"body":"none"}'])
    expect(await post('/echo', undefined)).toEqual([200, '{"body":"none"}'])
  })

  test('elsewhere what is no JSON is refused, and the answer says what is wrong', async () => {
    const deep = '['.repeat(65) + ']'.repeat(65)
    const brackets = JSON.stringify(`\\"${'['.repeat(100)}`)
    const broken = await post('/echo', '{"a":', 'application/json')
    expect([broken[0], broken[1]]).toEqual([400, expect.stringContaining('not valid JSON')])
    expect(await post('/echo', deep, 'application/json')).toEqual([400, expect.stringContaining('deeper than 64')])
    expect((await post('/echo', deep.slice(1, -1), 'application/json'))[0]).toBe(200)
    expect((await post('/echo', `{"a":${brackets}}`, 'application/json'))[0]).toBe(200)
    expect(await post('/echo', 'a=b', 'application/x-www-form-urlencoded')).toEqual([
      415,
      expect.stringContaining('application/json'),
    ])
    expect((await post('/echo', '{}', undefined))[0]).toBe(415)
    expect((await post('/echo', '{"__proto__":{"admin":true}}', 'application/json'))[0]).toBe(400)
  })

  test('over 1 MiB the answer is 413, at the door too', async () => {
    const fits = JSON.stringify('x'.repeat(mebibyte - 2))
    for (const path of ['/echo', door]) {
      expect((await post(path, fits, 'application/json'))[0]).toBe(200)
      expect((await post(path, `${fits} `, 'application/json'))[0]).toBe(413)
    }
  })
})

describe('health', () => {
  async function ready(): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${await app.getUrl()}/health/ready`)
    return { status: response.status, body: await response.json() }
  }

  test('ready says which dependency is down, why, and what to do; live is another matter', async () => {
    const health = app.get(Health)
    expect(await ready()).toEqual({ status: 200, body: { status: 'up', checks: {} } })
    health.add('good', async () => {})
    health.add('bad', () => Promise.reject(new Error('no route')), 'Check the cable.')
    health.add('hanging', () => new Promise(() => {}))
    const checks = {
      good: { status: 'up' },
      bad: { status: 'down', why: 'no route', advice: 'Check the cable.' },
      hanging: { status: 'down', why: 'no answer within 2000 ms' },
    }
    expect(await ready()).toEqual({ status: 503, body: { status: 'down', checks } })
    expect((await fetch(`${await app.getUrl()}/health/live`)).status).toBe(200)
    health.addLiveness('stuck', () => Promise.reject(new Error('nothing moved for 5 minutes')))
    expect((await fetch(`${await app.getUrl()}/health/live`)).status).toBe(503)
  })

  test('a process that drains is not ready', async () => {
    app.get(Health).drain()
    expect((await ready()).status).toBe(503)
  })
})

test('metrics are shown, and the same name is the same metric', async () => {
  const metrics = app.get(Metrics)
  metrics.counter('tests_total', 'Tests.').inc()
  metrics.counter('tests_total', 'Tests.').inc()
  metrics.gauge('level', 'Level.', [], gauge => gauge.set(7))
  const response = await fetch(`${await app.getUrl()}/metrics`)
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect(text).toContain('tests_total 2')
  expect(text).toContain('level 7')
  expect(text).toContain('process_cpu_seconds_total')
})

test('a request is one line with its route, and neither its address nor its query string', async () => {
  await fetch(`${await app.getUrl()}/slow/s3cret?token=t0ken`)
  await sleep(20)
  const line = lines.find(text => text.includes('http request')) ?? ''
  expect(JSON.parse(line)).toMatchObject({ method: 'GET', route: '/slow/:secret', status: 200, role: 'instances-api' })
  expect(lines.join('')).not.toMatch(/s3cret|t0ken/)
})

test('closing finishes what is under way and takes nothing new', async () => {
  const { port } = new URL(await app.getUrl())
  const idle = connect(Number(port), '127.0.0.1')
  await once(idle, 'connect')
  const underWay = fetch(`${await app.getUrl()}/slow/x`)
  await sleep(100)
  const closing = app.close()
  await sleep(50)
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow()
  expect(await (await underWay).text()).toBe('1')
  idle.destroy()
  await closing
})
