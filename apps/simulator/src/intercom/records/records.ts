import type { Clock } from '../../clock/clock.js'
import type { JsonObject } from '../../http/body.js'

/** A record as Intercom's REST API shows it. */
export type IntercomRecord = JsonObject & { id: string }

interface Version {
  visibleAt: number
  record: IntercomRecord | null
}

/** The records of one kind, and what the search index knows of them, which may lag behind. */
export class Records {
  private readonly current = new Map<string, IntercomRecord>()
  private readonly index = new Map<string, Version[]>()

  constructor(
    private readonly clock: Clock,
    private readonly lagMs: () => number = () => 0,
  ) {}

  get size(): number {
    return this.current.size
  }

  get(id: string): IntercomRecord | undefined {
    return this.current.get(id)
  }

  all(): IntercomRecord[] {
    return [...this.current.values()]
  }

  put(record: IntercomRecord): IntercomRecord {
    this.current.set(record.id, record)
    this.remember(record.id, record)
    return record
  }

  /** Replaces a record by one with other fields, so that whoever holds the old one keeps it; undefined where there is no such record. */
  change(id: string, fields: JsonObject): IntercomRecord | undefined {
    const record = this.current.get(id)
    return record && this.put({ ...record, ...fields, id })
  }

  remove(id: string): IntercomRecord | undefined {
    const record = this.current.get(id)
    if (!record) return undefined
    this.current.delete(id)
    this.remember(id, null)
    return record
  }

  /** The records as the search index has them now. */
  searchable(): IntercomRecord[] {
    const now = this.clock.now()
    const visible: IntercomRecord[] = []
    for (const [id, versions] of this.index) {
      while (versions[1] && versions[1].visibleAt <= now) versions.shift()
      const first = versions[0]
      if (!first || first.visibleAt > now) continue
      if (first.record) visible.push(first.record)
      else if (versions.length === 1) this.index.delete(id)
    }
    return visible
  }

  private remember(id: string, record: IntercomRecord | null): void {
    const lagMs = this.lagMs()
    const version = { visibleAt: this.clock.now() + lagMs, record }
    const versions = this.index.get(id)
    if (lagMs > 0 && versions) versions.push(version)
    else this.index.set(id, [version])
  }
}
