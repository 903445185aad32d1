import type { BatchHandler, BatchOutcome, RecordBatch, StoredRecord } from '../event-log.js'

/** A handler that remembers what it was given. */
export class Reading {
  readonly records: StoredRecord[] = []
  batches = 0

  constructor(private readonly answer: (batch: RecordBatch, nth: number) => Promise<unknown> = async () => done) {}

  get handler(): BatchHandler {
    return async batch => {
      this.records.push(...batch.records)
      return (await this.answer(batch, ++this.batches)) as BatchOutcome
    }
  }

  get values(): string[] {
    return this.records.map(record => record.value.toString())
  }

  /** Waits until all of these values were seen, and says what is missing otherwise. */
  async has(values: readonly string[], ms = 20_000): Promise<void> {
    const missing = new Set(values)
    let looked = 0
    await until(
      () => {
        for (; looked < this.records.length; looked++) missing.delete(this.records[looked]?.value.toString() ?? '')
        return missing.size === 0
      },
      () => `${missing.size} of ${values.length} records were not read: ${[...missing].slice(0, 5).join(', ')}`,
      ms,
    )
  }
}

export const done: BatchOutcome = { kind: 'done' }

export async function until(condition: () => boolean, complaint: () => string, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(complaint())
    await sleep(10)
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

export function numbered(count: number, name = 'record'): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${i}`)
}

/** The last value of each key must not have come before an earlier one: values are `<key>:<number>`. */
export function assertOrder(records: readonly StoredRecord[]): void {
  const last = new Map<string, number>()
  for (const { key, value } of records) {
    const number = Number(value.toString().split(':')[1])
    const before = last.get(key) ?? -1
    // A repeat goes back; going on from there must be without a gap.
    if (number > before + 1) throw new Error(`${key}: ${number} came after ${before}`)
    last.set(key, Math.max(before, number))
  }
}
