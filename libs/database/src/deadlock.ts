const deadlock = '40P01'
const triesInAll = 5

/**
 * Does it again, five times in all, where PostgreSQL undid it to let another go on: who changes many rows may meet others
 * who want the same ones, in another order.
 * @param work all of it is one statement or one transaction, and nothing outside is changed by it
 */
export async function despiteDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== deadlock || tries === triesInAll) throw error
    }
  }
}
