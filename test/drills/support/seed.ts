/** What is random in a drill follows from this: who is killed when, and which callbacks fail. */
export const seed = Number(process.env['DRILL_SEED'] ?? 1)

/** How long processes are killed under load; `npm run drill` takes its time, the test run can't. */
export const drillSeconds = Number(process.env['DRILL_SECONDS'] ?? 20)

/** Whether there is time to wait for what takes a minute, instead of bringing it about. */
export const thorough = drillSeconds >= 60

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(start: number): () => number {
  let state = start % 2_147_483_647 || 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** The same members in another order. */
export function shuffled<T>(members: readonly T[], random: () => number): T[] {
  return members
    .map(member => ({ member, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ member }) => member)
}
