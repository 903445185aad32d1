import type { Options, ValuesOf } from './options.js'

export type Environment = Record<string, string | undefined>

/** Where a command's result goes, and what it has to say besides. */
export interface Output {
  out(text: string): void
  err(text: string): void
}

/** What a command is run with. */
export interface Call<Values> {
  environment: Environment
  values: Values
  /** Takes the result: nothing else goes to standard output. */
  out(text: string): void
}

export interface Command {
  /** One line of the usage. */
  readonly does: string
  readonly options: Options
  run(call: Call<Record<string, unknown>>): Promise<void>
}

/** A command whose `run` gets its options as it declares them. What it throws is told, and the exit code is 1. */
export function command<Declared extends Options>(declared: {
  does: string
  options: Declared
  run(call: Call<ValuesOf<Declared>>): Promise<void>
}): Command {
  return { ...declared, run: call => declared.run(call as Call<ValuesOf<Declared>>) }
}
