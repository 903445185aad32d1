import type { CallbackTarget, CallbackTls, FailurePolicy } from '#deliveries'

/** Where the callbacks of instances go, as configured now. */
export interface CallbackTargets {
  /** Instances that never were are missing; deleted ones are there. */
  byInstance(instanceIds: readonly number[]): Promise<ReadonlyMap<number, CallbackTarget>>
  /** What an account wants done with callbacks that fail. */
  policies(accountIds: readonly number[]): Promise<ReadonlyMap<number, FailurePolicy>>
}

/** Injects `CallbackTargets`. */
export const CALLBACK_TARGETS = Symbol('CALLBACK_TARGETS')

/** One request out, guarded; see libs/egress. */
export interface Post {
  request(request: {
    method: string
    url: string
    headers: Record<string, string>
    body: Buffer
    timeoutMs: number
    maxBytes: number
    tls: CallbackTls | null
  }): Promise<{ status: number; headers: Record<string, string>; body: string }>
}

/** Injects `Post`. */
export const POST = Symbol('POST')
