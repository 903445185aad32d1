import { pino, type DestinationStream, type Logger } from 'pino'
import type { Settings } from '../settings.js'

// A second line of defence: nothing of this is logged on purpose. No wildcards, which would make each line take ten times as long.
const masked = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'apiSecret',
  'accessToken',
  'refreshToken',
  'userSecret',
  'organizationSecret',
  'signatureKey',
  'body',
  'raw',
  'headers.authorization',
  'headers.cookie',
]

/** The process's logger: JSON lines on standard output, with secrets and payloads masked. */
export function createLogger({ role, logLevel }: Settings, destination?: DestinationStream): Logger {
  const options = {
    level: logLevel,
    base: { role },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: masked, censor: '********' },
    serializers: { err: describeError, error: describeError },
  }
  return destination ? pino(options, destination) : pino(options)
}

interface ErrorFacts {
  type: string
  message: string
  code?: string
  stack?: string
  cause?: ErrorFacts
}

/**
 * Only what says what happened: drivers hang queries, parameters and rows on their errors, which are customers' data.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  const facts: ErrorFacts = {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack && { stack: error.stack }),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) as ErrorFacts }),
  }
  return facts
}
