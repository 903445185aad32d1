/** Injects the process's `EventLog`. */
export const EVENT_LOG = Symbol('EVENT_LOG')

/** The dispatchers' group: `@EventPattern('events', DISPATCH_GROUP)`. */
export const DISPATCH_GROUP = Symbol('DISPATCH_GROUP')
