import type { LoggerService, LogLevel } from '@nestjs/common'
import type { Logger } from 'pino'

/** Nest's own messages on the process's logger. Nest's last argument is the part that speaks. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Nest tells of every route and module it finds; the operator needn't know.
    this.write('debug', message, rest)
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest)
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest)
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest)
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest)
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest)
  }

  /** The level is the settings' alone. */
  setLogLevels(_levels: LogLevel[]): void {}

  private write(level: 'fatal' | 'error' | 'warn' | 'debug' | 'trace', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1)
    const stack = rest.length > 1 ? rest[0] : undefined
    const facts = {
      ...(typeof context === 'string' && { context }),
      ...(typeof stack === 'string' && stack.includes('\n') && { stack }),
    }
    if (message instanceof Error) this.logger[level]({ ...facts, err: message }, message.message)
    else this.logger[level](facts, typeof message === 'string' ? message : JSON.stringify(message))
  }
}
