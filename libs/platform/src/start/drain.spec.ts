import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../logging/logger.js'
import { readSettings } from '../settings/read-settings.js'
import { drainOnSignals } from './drain.js'

function ending(finish: () => Promise<void>) {
  const codes: number[] = []
  const lines: string[] = []
  const emitter = Object.assign(new EventEmitter(), { exit: (code: number) => void codes.push(code) })
  drainOnSignals(emitter, createLogger(readSettings({}, 'tool'), { write: line => void lines.push(line) }), finish)
  return { emitter, codes, lines }
}

test('SIGTERM finishes the work, then the process ends with 0', async () => {
  let finished = false
  const { emitter, codes } = ending(async () => {
    await sleep(30)
    finished = true
  })
  emitter.emit('SIGTERM')
  expect(codes).toEqual([])
  await sleep(60)
  expect([codes, finished]).toEqual([[0], true])
})

test('a second signal ends it at once', () => {
  const { emitter, codes } = ending(() => new Promise(() => {}))
  emitter.emit('SIGINT')
  emitter.emit('SIGINT')
  expect(codes).toEqual([1])
})

test('an end that fails, or an error that nothing handles, is logged and ends it with 1', async () => {
  const failing = ending(() => Promise.reject(new Error('could not flush')))
  failing.emitter.emit('SIGTERM')
  await sleep(10)
  expect(failing.codes).toEqual([1])
  expect(failing.lines.join('')).toContain('could not flush')
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    const broken = ending(async () => {})
    broken.emitter.emit(event, new Error('a bug'))
    expect(broken.codes).toEqual([1])
    expect(broken.lines.join('')).toContain('a bug')
  }
})
