import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Resolves after so many milliseconds, or at once when the signal ends it: who waits looks at the signal then. It never
 * rejects.
 * @param options `ref` false: the wait alone doesn't keep the process up
 */
export async function pause(milliseconds: number, signal: AbortSignal, options: { ref?: boolean } = {}): Promise<void> {
  // The only rejection there is says that the signal ended it.
  await sleep(milliseconds, undefined, { ...options, signal }).catch(() => undefined)
}
