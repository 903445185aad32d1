/** How the Intercom stand-in behaves where the real one varies, is undocumented, or takes too long for a test. */
export interface IntercomSettings {
  /** Requests an app may make per window; 10,000 a minute, counted in windows of ten seconds. */
  rateLimit: number
  rateLimitWindowSeconds: number
  /** How long a contact's change stays invisible to POST /contacts/search. */
  contactSearchLagMs: number
  /** Whether `>` and `<` of conversation and ticket search include the value itself, as documented, or not. */
  searchComparison: 'inclusive' | 'strict'
  /** How the end of GET /companies/scroll looks; both are seen. */
  scrollEnd: 'empty' | 'not-found'
  /** How long a webhook notification may take to be answered. */
  webhookTimeoutMs: number
  /** The wait before the one retry. */
  webhookRetryDelayMs: number
  /** The first wait after a 429; it doubles up to two hours, and what waits longer is dropped. */
  webhookThrottleMs: number
  /** Pretty-printed bodies were sent for years: a signature holds over bytes, not over JSON. */
  webhookBody: 'compact' | 'pretty'
  /** Whether `contact.merged` says which contact was merged; captured traffic lacks it, newest docs have it. */
  mergedFrom: boolean
}

export const INTERCOM_DEFAULTS: Readonly<IntercomSettings> = {
  rateLimit: 1666,
  rateLimitWindowSeconds: 10,
  contactSearchLagMs: 0,
  searchComparison: 'inclusive',
  scrollEnd: 'empty',
  webhookTimeoutMs: 5_000,
  webhookRetryDelayMs: 60_000,
  webhookThrottleMs: 60_000,
  webhookBody: 'compact',
  mergedFrom: true,
}
