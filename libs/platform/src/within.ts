/** Shortens a wait: from the signal on only `graceMs` are left. */
export interface Ending {
  signal: AbortSignal
  graceMs: number
}

/**
 * What `work` resolves to, if it does so within `milliseconds`.
 * @throws Error when the time is over; the work itself goes on, and its end is no longer anyone's concern
 */
export function within<T>(milliseconds: number, work: Promise<T>, ending?: Ending): Promise<T> {
  return new Promise((resolve, reject) => {
    const timers: NodeJS.Timeout[] = []
    const over = () => {
      for (const timer of timers) clearTimeout(timer)
      ending?.signal.removeEventListener('abort', hurry)
    }
    const giveUpAfter = (wait: number) => {
      const giveUp = () => {
        over()
        reject(new Error(`no answer within ${wait} ms`))
      }
      timers.push(setTimeout(giveUp, wait))
    }
    const hurry = () => giveUpAfter(ending?.graceMs ?? milliseconds)
    giveUpAfter(milliseconds)
    if (ending?.signal.aborted) hurry()
    else ending?.signal.addEventListener('abort', hurry, { once: true })
    work.finally(over).then(resolve, reject)
  })
}
