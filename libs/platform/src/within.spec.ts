import { getEventListeners } from 'node:events'
import { within } from './within.js'

const never = new Promise<never>(() => undefined)
const long = 60_000

test('what comes in time is passed on, and so is what goes wrong', async () => {
  expect(await within(long, Promise.resolve('done'))).toBe('done')
  const failure = new Error('broken')
  await expect(within(long, Promise.reject(failure))).rejects.toBe(failure)
})

test('what does not come in time is given up', async () => {
  await expect(within(1, never)).rejects.toThrow('no answer within 1 ms')
})

test('from the signal on less is waited for, be it given before or meanwhile', async () => {
  const over = AbortSignal.abort()
  await expect(within(long, never, { signal: over, graceMs: 1 })).rejects.toThrow('no answer within 1 ms')
  const ending = new AbortController()
  const given = within(long, never, { signal: ending.signal, graceMs: 1 })
  ending.abort()
  await expect(given).rejects.toThrow('no answer within 1 ms')
})

test('whatever comes of it, nobody listens to the signal afterwards', async () => {
  const { signal } = new AbortController()
  for (const work of [Promise.resolve(), Promise.reject(new Error('broken')), never]) {
    await within(1, work, { signal, graceMs: 1 }).catch(() => undefined)
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
