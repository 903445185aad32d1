import { pause } from './pause.js'

test('a pause lasts as long as it was to, and ends without an error when its signal does', async () => {
  const ending = new AbortController()
  const began = performance.now()
  await pause(30, ending.signal)
  expect(performance.now() - began).toBeGreaterThan(25)
  const cut = pause(60_000, ending.signal, { ref: false })
  ending.abort()
  await cut
  await pause(60_000, ending.signal)
  expect(performance.now() - began).toBeLessThan(20_000)
})
