import { readSettings } from '../settings/read-settings.js'
import { createLogger } from './logger.js'
import { NestLogger } from './nest-logger.js'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger(readSettings({}, 'poller'), { write: line => void lines.push(line) }))
  return lines.join('')
}

test('secrets and payloads are masked should they be logged', () => {
  const text = logged(logger =>
    logger.info(
      { password: 'p1', token: 't1', raw: 'r1', headers: { authorization: 'a1', accept: 'fine' }, id: 7 },
      'x',
    ),
  )
  expect(text).not.toMatch(/"(?:p1|t1|r1|a1)"/)
  expect(text).toContain('"accept":"fine"')
  expect(JSON.parse(text)).toMatchObject({ level: 'info', role: 'poller', id: 7, password: '********' })
})

test('of an error, what happened is logged, and not what a driver hangs on it', () => {
  const error = Object.assign(new Error('duplicate key', { cause: new Error('below') }), {
    code: '23505',
    detail: 'Key (email)=(someone@example.com) exists',
    query: 'insert secret',
    parameters: ['hunter2'],
  })
  const text = logged(logger => logger.error({ err: error }, 'failed'))
  expect(JSON.parse(text)).toMatchObject({
    err: { message: 'duplicate key', code: '23505', cause: { message: 'below' } },
  })
  expect(text).not.toMatch(/someone@|insert secret|hunter2/)
})

test('Nest’s messages keep their part and, if errors, their stack', () => {
  const text = logged(logger => new NestLogger(logger).error('broke', 'Error: broke\n  at x', 'Router'))
  expect(JSON.parse(text)).toMatchObject({
    level: 'error',
    msg: 'broke',
    context: 'Router',
    stack: 'Error: broke\n  at x',
  })
})
