import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const CHECK_MS = 10
let patched = false

/**
 * kafkajs 2.2.4 re-arms a timer of a negative time-out, so of 1 ms, for ever on every connection: 3 to 5 % of a core while
 * idle (its issue 1751). The timer is only needed while requests are waiting or the broker has throttled us.
 * To be removed when a release of kafkajs arms it only then.
 */
export function patchIdleTimer(): void {
  if (patched) return
  patched = true
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId) return
    const throttledMs = this.throttledUntil - Date.now()
    if (this.pending.length === 0 && throttledMs <= 0) return
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      throttledMs > 0 ? throttledMs : CHECK_MS,
    )
  }
}
