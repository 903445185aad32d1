import { promises } from './testing/promises.js'
import { scenarioOf, type Scenario } from './testing/scenario.js'
import { Simulation } from './testing/simulation.js'

// POLL_RUNS simulations of the seeds from POLL_FIRST_SEED on; POLL_SEED plays one of them.
const { POLL_SEED, POLL_FIRST_SEED = '1', POLL_RUNS = process.env['CI'] ? '10000' : '2000' } = process.env
const first = Number(POLL_SEED ?? POLL_FIRST_SEED)
const runs = POLL_SEED === undefined ? Number(POLL_RUNS) : 1
jest.setTimeout(3_600_000)

/** Promise → the first seeds that break it. */
const broken = new Map<string, number[]>()

beforeAll(async () => {
  for (let seed = first; seed < first + runs; seed++) {
    const simulation = await new Simulation(scenarioOf(seed)).play()
    for (const [promise, faults] of Object.entries(promises)) {
      if (faults(simulation).length > 0) broken.set(promise, [...(broken.get(promise) ?? []), seed])
    }
  }
})

for (const [promise, faults] of Object.entries(promises)) {
  test(promise, async () => {
    const [seed, ...others] = broken.get(promise) ?? []
    if (seed !== undefined) throw new Error(await account(scenarioOf(seed), faults, others))
  })
}

/** What went wrong, as short as can be: the fewest polls of the same seed that show it. */
async function account(scenario: Scenario, faults: (simulation: Simulation) => string[], others: number[]) {
  for (let polls = 0; polls <= scenario.polls; polls++) {
    const lines: string[] = []
    const simulation = await new Simulation(scenario, line => lines.push(line)).play(polls)
    const found = faults(simulation)
    if (found.length === 0) continue
    return [
      ...found.slice(0, 5),
      `POLL_SEED=${scenario.seed} npx jest run-resource.property`,
      ...(others.length > 0 ? [`so do ${others.length} other seeds: ${others.slice(0, 10).join(' ')}`] : []),
      JSON.stringify(scenario),
      `after ${polls} polls:`,
      ...lines,
    ].join('\n')
  }
  return `seed ${scenario.seed} fails only sometimes`
}
