export type { HeaderValue } from './constant-time.js'
export * from './elements-signature.js'
export * from './hub-signature.js'
export * from './standard-webhook.js'
