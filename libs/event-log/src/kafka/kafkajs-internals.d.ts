declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** What the idle-timer patch touches. */
  export default class RequestQueue {
    pending: unknown[]
    throttledUntil: number
    throttleCheckTimeoutId: NodeJS.Timeout | null
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
  }
}
