/**
 * What `work` resolves to, if it does so within `ms` milliseconds.
 * @throws Error when the time is over; the work itself goes on, and its own failure is no longer anyone's concern
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
