import { Inject, Injectable } from '@nestjs/common'
import { InstanceFinder, Instances } from '#instances'
import type { Instance, Unaddressed } from '#instances'
import { SETTINGS, within } from '#platform'
import type { Settings } from '#platform'
import type { Address } from '../notifications/address.js'

/** What a URL stands for. A look-up that fails throws: it must never pass for "there is none". */
export type Found = { kind: 'instance'; instance: Instance } | { kind: 'deleted' } | { kind: 'unknown' }

const keptMs = 10_000
const mostKept = 50_000

interface Kept {
  instance: Instance
  until: number
}

/**
 * The instances behind webhook URLs. Those that were found are kept for 10 s at most, and dropped at once when the log
 * says that the instance changed; what wasn't found is looked up every time, since it may be created any moment. A look-up
 * has as long as a publish: vendors give up within seconds, and count a door that hangs against us.
 */
@Injectable()
export class InstanceDirectory {
  private readonly kept = new Map<string, Kept>()
  private readonly underWay = new Map<string, Promise<Instance | null>>()

  constructor(
    private readonly instances: Instances,
    private readonly finder: InstanceFinder,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async find(elementKey: string, address: Address): Promise<Found> {
    const instance = await this.at(address)
    if (!instance || instance.elementKey !== elementKey) return { kind: 'unknown' }
    return instance.deletedAt ? { kind: 'deleted' } : { kind: 'instance', instance }
  }

  /** The account's instances of the same OAuth client that stand for another workspace. */
  async routed(instance: Instance, workspace: string): Promise<Instance[]> {
    const oauthClient = instance.configuration['oauth.api.key']
    return this.inTime(this.instances.routed(instance.accountId, instance.elementKey, oauthClient, workspace))
  }

  /** Those of an element that a request names by their ids, deleted ones included. */
  async named(elementKey: string, ids: readonly number[]): Promise<Instance[]> {
    const found = await this.inTime(this.instances.byIds(ids))
    return [...found.values()].filter(instance => instance.elementKey === elementKey)
  }

  /** Those that a notification whose URL names none is meant for, as far as it says; deleted ones come last. */
  async matching(notification: Unaddressed, limit: number): Promise<Instance[]> {
    return this.inTime(this.finder.matching(notification, limit))
  }

  /** Forgets an instance that was changed. */
  forget(instanceId: number): void {
    for (const [key, { instance }] of this.kept) if (instance.id === instanceId) this.kept.delete(key)
  }

  private async at(address: Address): Promise<Instance | null> {
    const key = address.kind === 'id' ? String(address.instanceId) : address.doorKey
    const kept = this.kept.get(key)
    if (kept && kept.until > Date.now()) return kept.instance
    return this.underWay.get(key) ?? this.lookUp(key, address)
  }

  private lookUp(key: string, address: Address): Promise<Instance | null> {
    const found = this.inTime(this.read(address)).then(instance => {
      if (instance) this.keep(key, instance)
      return instance
    })
    this.underWay.set(key, found)
    const settle = () => this.underWay.delete(key)
    found.then(settle, settle)
    return found
  }

  private read(address: Address): Promise<Instance | null> {
    return address.kind === 'id' ? this.instances.byId(address.instanceId) : this.instances.byDoorKey(address.doorKey)
  }

  private inTime<T>(found: Promise<T>): Promise<T> {
    return within(this.settings.publishDeadlineMs, found)
  }

  private keep(key: string, instance: Instance): void {
    if (this.kept.size >= mostKept) this.kept.clear()
    this.kept.set(key, { instance, until: Date.now() + keptMs })
  }
}
