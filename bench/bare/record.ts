export const partitions = 12

export interface BareRecord {
  partition: number
  key: string
  value: string
}

/** As little of a log as a pipeline can do with: durable appends, and reading from the beginning. */
export interface BareLog {
  append(record: BareRecord): Promise<void>
  /** Hands over values, batch by batch; what was handled is committed. */
  read(handle: (values: string[]) => Promise<void>): Promise<void>
}
