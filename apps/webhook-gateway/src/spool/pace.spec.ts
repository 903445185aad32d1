import { Pace } from './pace.js'

test('rounds that are quicker than the pace wait, and slow ones don’t; what wasn’t used is not saved up', async () => {
  let now = 0
  const waits: number[] = []
  const pace = new Pace(
    1_000,
    () => now,
    async ms => {
      waits.push(ms)
      now += ms
    },
  )
  for (let round = 0; round < 4; round++) {
    now += 100
    await pace.after(500)
  }
  expect(waits).toEqual([400, 400, 400, 400])
  now += 60_000
  await pace.after(500)
  now += 100
  await pace.after(500)
  expect(waits).toEqual([400, 400, 400, 400, 400])
})
