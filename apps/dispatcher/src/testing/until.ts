/** Waits until `check` doesn't throw any more; then, or in the end, says what it says. */
export async function until(check: () => unknown, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}
