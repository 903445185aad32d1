import { setTimeout as pause } from 'node:timers/promises'

/** Waits until the expectation holds; in the end, says what it says. */
export async function until(ms: number, expectation: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + ms; ; await pause(200)) {
    try {
      return await expectation()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
