import { Inject, Injectable } from '@nestjs/common'
import { Connectors } from '#connectors'
import { dayOf, type CallbackTarget, type IncomingEvent } from '#deliveries'
import { recordKey } from '#events'
import { changesTold, ToldChanges, type Remembered, type ToldChange } from '#instances'

/** What is left of a batch. */
export interface Sifted<Entry> {
  fresh: readonly Entry[]
  /** What these tell, to be remembered once they are stored. */
  telling: readonly Remembered[]
}

interface Told<Entry> {
  entry: Entry
  /** The first one is what the event is recognized by. */
  changes: readonly [ToldChange, ...ToldChange[]]
}

/**
 * Of instances whose webhooks have a poller beside them: each change is stored once, whoever tells it first. Records of an
 * object come in the order of the log, so of two that tell the same the later one always finds the earlier.
 */
@Injectable()
export class Reconciliation {
  constructor(
    @Inject(ToldChanges) private readonly told: ToldChanges,
    private readonly connectors: Connectors,
  ) {}

  /** Without the events whose change the other side, webhooks or the poller, has told. Asks nothing where nobody reconciles. */
  async sift<Entry extends { incoming: IncomingEvent }>(
    entries: readonly Entry[],
    targets: ReadonlyMap<number, CallbackTarget>,
  ): Promise<Sifted<Entry>> {
    if (![...targets.values()].some(target => target.reconciles)) return { fresh: entries, telling: [] }
    const candidates = entries.flatMap(entry => this.toldBy(entry, targets))
    const known = await this.told.look(candidates.map(({ changes }) => changes[0]))
    const here = new ToldHere()
    const telling: Remembered[] = []
    const left = new Set<Entry>()
    for (const [at, { entry, changes }] of candidates.entries()) {
      if (known[at]?.told || here.has(changes[0])) {
        left.add(entry)
        continue
      }
      const { event, appendedAt } = entry.incoming
      for (const change of changes) {
        here.add(change)
        telling.push({ ...change, key: recordKey(event), appendedAt })
      }
    }
    return { fresh: left.size > 0 ? entries.filter(entry => !left.has(entry)) : entries, telling }
  }

  /** Again and again, should a batch come again: it is the same. */
  async remember(telling: readonly Remembered[]): Promise<void> {
    await this.told.remember(telling, dayOf(new Date()))
  }

  private toldBy<Entry extends { incoming: IncomingEvent }>(
    entry: Entry,
    targets: ReadonlyMap<number, CallbackTarget>,
  ): Told<Entry>[] {
    const { event } = entry.incoming
    if (!targets.get(event.instanceId)?.reconciles) return []
    const connector = this.connectors.get(event.elementKey)
    const date = Date.parse(event.date)
    if (!connector || Number.isNaN(date)) return []
    const [first, ...others] = changesTold({ ...event, date }, connector)
    return first ? [{ entry, changes: [first, ...others] }] : []
  }
}

/** What the records of a batch tell, as far as it has been looked through. */
class ToldHere {
  readonly #latest = new Map<string, ToldChange>()
  readonly #changes = new Set<string>()

  add(change: ToldChange): void {
    const object = objectOf(change, change.polled)
    const latest = this.#latest.get(object)
    if (!latest || latest.changedAt <= change.changedAt) this.#latest.set(object, change)
    if (!change.deleted) this.#changes.add(`${object} ${change.changedAt}`)
  }

  /** Whether the other side told it. */
  has(change: ToldChange): boolean {
    const object = objectOf(change, !change.polled)
    return change.deleted
      ? (this.#latest.get(object)?.deleted ?? false)
      : this.#changes.has(`${object} ${change.changedAt}`)
  }
}

function objectOf({ instanceId, object }: ToldChange, polled: boolean): string {
  return `${instanceId} ${object} ${polled}`
}
