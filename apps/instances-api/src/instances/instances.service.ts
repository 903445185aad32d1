import { Connectors } from '#connectors'
import { Instances, type Instance, type Principal } from '#instances'
import { SETTINGS, type Settings } from '#platform'
import { Inject, Injectable } from '@nestjs/common'
import { notFound, Refused } from '../errors/refusal.js'
import { instanceMadeBefore } from '../idempotency/claim.js'
import type { Conditions } from './conditions/conditions.js'
import { Tagged } from './conditions/entity-tag.js'
import { pageToken, readPage } from './instance-page.js'
import { instanceView, leanInstanceView } from './instance-view.js'
import type { InstanceBody } from './instance.dto.js'
import { OwnedInstances } from './owned-instances.js'
import { Provisioning, type Provisioned, type Switches } from './provisioning.js'

// Each page counts anew.
const mostCounted = 10_000

/** One page of instances; `next` leads to the page after it. */
export interface InstancePage {
  instances: InstanceBody[]
  next: string | null
  /** How many there are on all pages; null where counting them would take too long. */
  total: number | null
}

/** What the calls about instances do, whatever their path. Refusals are thrown as `Refused`. */
@Injectable()
export class InstancesService {
  constructor(
    private readonly instances: Instances,
    private readonly owned: OwnedInstances,
    private readonly provisioning: Provisioning,
    private readonly connectors: Connectors,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async create(caller: Principal, body: unknown): Promise<Tagged<InstanceBody>> {
    const made = instanceMadeBefore()
    return made === null ? this.answer(await this.provisioning.create(caller, body)) : this.one(caller, made)
  }

  /** A filter that matches nothing is refused as not found, which is documented; an empty list isn't. */
  async list(
    { accountId }: Principal,
    query: Readonly<Record<string, unknown>>,
    elementKey?: string,
  ): Promise<InstancePage> {
    const { tags, searchText, hydrate, pageSize, afterId } = readPage(query)
    const filter = {
      ...{ accountId, tags },
      ...(elementKey !== undefined && { elementKey }),
      ...(searchText !== undefined && { searchText }),
    }
    const [found, total] = await Promise.all([
      this.instances.list({ ...filter, ...(afterId !== undefined && { afterId }) }, pageSize + 1),
      searchText === undefined ? this.instances.count(filter, mostCounted) : null,
    ])
    const filtered = tags.length > 0 || searchText !== undefined
    if (found.length === 0 && filtered && afterId === undefined) {
      throw notFound('An instance with these tags or this text')
    }
    const page = found.slice(0, pageSize)
    const last = page.at(-1)
    return {
      instances: page.map(instance => (hydrate ? this.view(instance) : this.lean(instance))),
      next: found.length > pageSize && last ? pageToken(last.id) : null,
      total,
    }
  }

  async one(caller: Principal, id: string | number): Promise<Tagged<InstanceBody>> {
    return this.tagged(await this.owned.find(caller, id))
  }

  async change(
    caller: Principal,
    id: string | number,
    body: unknown,
    conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.answer(await this.provisioning.change(await this.owned.find(caller, id), body, conditions))
  }

  async replace(
    caller: Principal,
    id: string | number,
    body: unknown,
    conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.answer(await this.provisioning.replace(await this.owned.find(caller, id), body, conditions))
  }

  async turn(
    caller: Principal,
    id: string | number,
    switches: Switches,
    conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.answer(await this.provisioning.turn(await this.owned.find(caller, id), switches, conditions))
  }

  async remove(caller: Principal, id: string | number, conditions: Conditions): Promise<void> {
    const outcome = await this.provisioning.remove(await this.owned.find(caller, id), conditions)
    if (outcome.kind !== 'removed') throw new Refused(outcome)
  }

  private answer(outcome: Provisioned): Tagged<InstanceBody> {
    if (outcome.kind === 'provisioned') return this.tagged(outcome.instance)
    throw new Refused(outcome)
  }

  private tagged(instance: Instance): Tagged<InstanceBody> {
    return new Tagged(this.view(instance), instance.revision)
  }

  private view(instance: Instance): InstanceBody {
    return instanceView(instance, this.connectors.get(instance.elementKey), this.settings.publicUrl)
  }

  private lean(instance: Instance): InstanceBody {
    return leanInstanceView(instance, this.connectors.get(instance.elementKey), this.settings.publicUrl)
  }
}
