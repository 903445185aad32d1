/** Shortens a wait: from the signal on only `graceMs` are left. */
export interface Ending {
  signal: AbortSignal
  graceMs: number
}

/**
 * What `work` resolves to, if it does so within `milliseconds`.
 * @throws Error when the time is over; the work itself goes on, and its end is no longer anyone's concern
 */
export async function within<T>(milliseconds: number, work: Promise<T>, ending?: Ending): Promise<T> {
  const timers: NodeJS.Timeout[] = []
  let hurry = () => {}
  const late = new Promise<never>((_, reject) => {
    const giveUpAfter = (wait: number) =>
      timers.push(setTimeout(() => reject(new Error(`no answer within ${wait} ms`)), wait))
    giveUpAfter(milliseconds)
    hurry = () => giveUpAfter(ending?.graceMs ?? milliseconds)
  })
  ending?.signal.addEventListener('abort', hurry, { once: true })
  if (ending?.signal.aborted) hurry()
  try {
    return await Promise.race([work, late])
  } finally {
    ending?.signal.removeEventListener('abort', hurry)
    for (const timer of timers) clearTimeout(timer)
  }
}
