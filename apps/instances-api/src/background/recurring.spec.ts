import { once } from 'node:events'
import { Recurring } from './recurring.js'

test('work comes again after its failures, each of which is told', async () => {
  let times = 0
  let enough = () => {}
  const told: unknown[] = []
  const work = () => {
    if (++times === 3) enough()
    return times < 3 ? Promise.reject(new Error(`time ${times}`)) : Promise.resolve()
  }
  const recurring = new Recurring(1, work, err => told.push(err))
  await new Promise<void>(resolve => {
    enough = resolve
    recurring.start(0)
  })
  await recurring.stop()
  expect(told).toEqual([new Error('time 1'), new Error('time 2')])
})

test('stopping tells the work to leave off, waits for it, and what fails by that is nobody’s failure', async () => {
  const told: unknown[] = []
  let begun = () => {}
  let left = false
  const work = async (signal: AbortSignal) => {
    begun()
    await once(signal, 'abort')
    await new Promise(resolve => setTimeout(resolve, 20))
    left = true
    throw new Error('interrupted')
  }
  const recurring = new Recurring(1, work, err => told.push(err))
  await new Promise<void>(resolve => {
    begun = resolve
    recurring.start(0)
  })
  await recurring.stop()
  expect([left, told]).toEqual([true, []])
})

test('what is stopped before its first time never works', async () => {
  let times = 0
  const told: unknown[] = []
  const recurring = new Recurring(
    1,
    async () => void times++,
    err => told.push(err),
  )
  recurring.start(60_000)
  await recurring.stop()
  expect([times, told]).toEqual([0, []])
})
