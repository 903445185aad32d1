import type { Connector } from '#connectors'
import { changesTold, type Known, type ToldChange } from '#instances'
import type { Change } from '../core/change.js'
import type { Publisher } from '../core/ports.js'

/** What webhooks have told of changes that a poll found; in their order. */
export type LookUp = (changes: readonly ToldChange[]) => Promise<readonly Known[]>

/** Of an instance with webhooks, publishes only what these haven't told. */
export class UnheardChanges implements Publisher {
  constructor(
    private readonly publisher: Publisher,
    private readonly lookUp: LookUp,
    private readonly origin: { instanceId: number; connector: Connector; resource: string },
  ) {}

  async publish(changes: readonly Change[]): Promise<number> {
    const known = await this.lookUp(changes.map(change => this.toldBy(change)))
    const unheard = changes.flatMap((change, at) => (known[at]?.told ? [] : [typed(change, known[at])]))
    return unheard.length === 0 ? 0 : this.publisher.publish(unheard)
  }

  pace(events: number): Promise<void> {
    return this.publisher.pace(events)
  }

  private toldBy({ objectId, type, date, raw }: Change): ToldChange {
    const { instanceId, connector, resource } = this.origin
    const telling = { instanceId, objectType: resource, objectId, date, raw, source: 'polling' } as const
    return changesTold({ ...telling, eventType: type }, connector)[0]!
  }
}

/** A webhook may have told of its creation, or of anything since. */
function typed(change: Change, known: Known | undefined): Change {
  return change.type === 'CREATED' && known?.object ? { ...change, type: 'UPDATED' } : change
}
