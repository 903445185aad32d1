import { messageOf } from './errors.js'
import type { BatchHandler, BatchOutcome, RecordBatch } from './event-log.js'

/** What a handler's answer means to the log: only a finished outcome is done, whatever else came back. */
export function outcomeOf(answer: unknown): BatchOutcome {
  if (typeof answer === 'object' && answer !== null && 'kind' in answer) {
    if (answer.kind === 'done') return { kind: 'done' }
    if (answer.kind === 'retry') return { kind: 'retry', why: 'why' in answer ? String(answer.why) : 'no reason given' }
  }
  return { kind: 'retry', why: `the handler returned ${describe(answer)} where an outcome was due` }
}

/** Runs the handler; a throw is a retry, so that nothing it was given is ever skipped. */
export async function runHandler(handler: BatchHandler, batch: RecordBatch): Promise<BatchOutcome> {
  try {
    return outcomeOf(await handler(batch))
  } catch (error) {
    return { kind: 'retry', why: messageOf(error) }
  }
}

/** Milliseconds to wait before a batch that failed `failures` times in a row is handed over again. */
export function retryPauseMs(failures: number): number {
  return Math.min(100 * 2 ** (failures - 1), 5_000)
}

function describe(answer: unknown): string {
  return typeof answer === 'object' && answer !== null
    ? `a ${answer.constructor?.name ?? 'bare object'}`
    : String(answer)
}
