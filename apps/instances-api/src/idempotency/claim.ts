import { AsyncLocalStorage } from 'node:async_hooks'

/** A request at work under an Idempotency-Key. */
export interface Claim {
  accountId: number
  key: string
  /** Who holds the key: where another took it over, it has another id. */
  id: string
  /** What an earlier request with this key made before it ended without an answer. */
  madeInstanceId: number | null
}

const current = new AsyncLocalStorage<Claim>()

/** Does `work` under a claim; all that it waits for, too. */
export function underClaim<Result>(claim: Claim, work: () => Result): Result {
  return current.run(claim, work)
}

/** The claim that this is done under, if any. */
export function currentClaim(): Claim | undefined {
  return current.getStore()
}

/** The instance that this request made already when it came for the first time, and was never told of. */
export function instanceMadeBefore(): number | null {
  return current.getStore()?.madeInstanceId ?? null
}
