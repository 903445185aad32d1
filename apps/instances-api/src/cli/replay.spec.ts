import { ReplaySteps } from '#deliveries'
import { apiFixture } from '../testing/api-fixture.js'
import { StoredEvents } from '../testing/stored-events.js'
import { runCommand } from './run-command.js'

const here = apiFixture()
let events: StoredEvents
let instance = 0

beforeAll(async () => {
  events = new StoredEvents(here.database.pool)
  instance = (await here.create({}, { 'event.notification.callback.url': 'https://receiver.example/events' })).id
  const { accountId } = here.api.account
  for (const id of ['one', 'two', 'three']) await events.notification([{ id, instanceId: instance, accountId }])
})

async function run(words: string) {
  let out = ''
  let err = ''
  const environment = { DATABASE_URL: here.database.url, MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}` }
  const code = await runCommand(words.split(' '), environment, {
    out: text => (out += text),
    err: text => (err += text),
  })
  return { code, out, err }
}

/** Makes what is asked for, and delivers it, until told to stop. */
async function dispatching<Result>(work: () => Promise<Result>): Promise<Result> {
  const steps = here.api.app.get(ReplaySteps)
  const working = { on: true }
  const loop = (async () => {
    while (working.on) {
      await steps.step()
      await here.database.pool.query(
        `with done as (delete from delivery returning replay_id)
         insert into replay_progress select replay_id, count(*) from done group by 1`,
      )
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  })()
  try {
    return await work()
  } finally {
    working.on = false
    await loop
  }
}

test('--dry-run counts', async () => {
  expect(await run(`replay --instance ${instance} --all --dry-run`)).toEqual({
    ...{ code: 0, err: '', out: '3 notifications would be sent.\n' },
  })
  const { out } = await run(`replay --instance ${instance} --event one --event two --dry-run --json`)
  expect(JSON.parse(out)).toEqual({ notifications: 2, exact: true })
  expect((await run(`replay --instance ${instance} --notification 1 --dry-run`)).out).toBe(
    '1 notification would be sent.\n',
  )
})

test('it starts a replay; --wait tells how it goes, and --json one line at its end', async () => {
  const started = await run(`replay --instance ${instance} --from 2026-01-01 --json`)
  expect([started.code, started.err]).toEqual([0, ''])
  const { replayId } = JSON.parse(started.out) as { replayId: number }
  expect(JSON.parse(started.out)).toEqual({ replayId, notifications: 3, exact: true })
  const waited = await dispatching(() => run(`replay --instance ${instance} --all --per-second 100 --wait`))
  expect([waited.code, waited.err]).toEqual([0, ''])
  expect(waited.out).toMatch(/^Replay \d+ has started: 3 notifications\.\nNo dispatcher is running/)
  expect(waited.out).toMatch(/done: 3 made, 3 delivered, 0 waiting, 0 failed, 0 under way before\n$/)
  const ended = await dispatching(() => run(`replay --instance ${instance} --event one --wait --json`))
  expect(JSON.parse(ended.out)).toMatchObject({ state: 'done', made: 1, delivered: 1 })
})

test('what can’t be is told in the words of the command line, and nothing is started', async () => {
  const { rows: before } = await here.database.pool.query(`select id from replay`)
  const faults: [string, number, RegExp][] = [
    ['replay', 2, /--instance: is missing; expected the id of an instance/],
    [`replay --instance ${instance} --from today --per-second x`, 2, /--from: is "today".*\n--per-second: is "x"/],
    [`replay --instance ${instance}`, 1, /^--from: is missing, and so is to; write one of them, or --all\n/],
    [`replay --instance ${instance} --event one --notification 1`, 1, /^--event: stands beside --notification/],
    [`replay --instance ${instance} --all --per-second 0`, 1, /^--per-second: 0 is not a number from 0.1 to 500/],
    [`replay --instance ${instance} --event one --event four`, 1, /^Event four: not found/],
    ['replay --instance 999999 --all', 1, /^--instance: there is no instance 999999/],
  ]
  for (const [words, code, said] of faults) {
    const answer = await run(words)
    expect([words, answer.code, answer.out]).toEqual([words, code, ''])
    expect(answer.err).toMatch(said)
  }
  const other = (await here.create()).id
  expect((await run(`replay --instance ${other} --event one`)).err).toBe(`one: is of instance ${instance}\n`)
  expect((await run(`replay --instance ${other} --all`)).err).toContain('it has no callback URL')
  expect((await here.database.pool.query(`select id from replay`)).rows).toEqual(before)
})
