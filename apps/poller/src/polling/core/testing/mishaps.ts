import type { Failure, Page } from '#connectors'
import type { Phase } from '../progress.js'
import type { Random } from './random.js'

/** One of the ways in which a vendor doesn't answer. Deletions are what some accounts mayn't ask for. */
export function failureOf(random: Random, now: number, what: Phase): Failure {
  const message = 'a fault'
  if (what === 'deletions' && random.chance(0.5)) return { kind: 'rejected', status: 403, message }
  const failures: Failure[] = [
    { kind: 'unavailable', message },
    { kind: 'unavailable', message },
    // With a date in the past, as vendors whose clock differs give it; soon; late; without any, as the engine guesses.
    { kind: 'throttled', retryAt: now - 5_000, message },
    { kind: 'throttled', retryAt: now + random.below(60_000), message },
    { kind: 'throttled', retryAt: now + random.below(10_000_000), message },
    { kind: 'unavailable', message, restart: true },
    { kind: 'rejected', status: 400, message },
    { kind: 'unauthorized', status: 401, permanent: random.chance(0.5), message },
  ]
  return failures[random.below(failures.length)]!
}

/** Something on a page can't be used, or the vendor warns that the page isn't all. @param loses a record that was there */
export function spoilt(page: Page, loses: boolean, random: Random): void {
  if (loses) page.records.splice(random.below(page.records.length), 1)
  if (random.chance(0.5)) page.warnings.push('a parameter was ignored')
  else page.records.push({ id: null, fields: {}, raw: '{}' })
}
