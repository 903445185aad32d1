/** Injects the process's `Settings`. */
export const SETTINGS = Symbol('SETTINGS')

/** Injects the process's pino `Logger`. */
export const LOGGER = Symbol('LOGGER')
