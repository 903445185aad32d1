import { Inject, Injectable } from '@nestjs/common'
import { callbackTarget, type CallbackTarget, type FailurePolicy } from '#deliveries'
import { Accounts, Instances, type Instance } from '#instances'
import { LOGGER, type Logger } from '#platform'
import { whyOf } from '../why.js'
import type { CallbackTargets } from './ports.js'

/** The targets that instances and accounts are configured with. */
@Injectable()
export class InstanceTargets implements CallbackTargets {
  constructor(
    private readonly instances: Instances,
    private readonly accounts: Accounts,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async byInstance(instanceIds: readonly number[]): Promise<ReadonlyMap<number, CallbackTarget>> {
    const instances = await this.readable(instanceIds)
    return new Map([...instances].map(([id, instance]) => [id, callbackTarget(instance)]))
  }

  /** Without those that can't be decrypted: one such must not stop the events of all others. */
  private async readable(instanceIds: readonly number[]): Promise<ReadonlyMap<number, Instance>> {
    try {
      return await this.instances.byIds(instanceIds)
    } catch (error) {
      this.log.warn({ instanceIds, why: whyOf(error) }, 'instances could not be read together; reading them one by one')
      // Rejects where it is the database that doesn't answer: nobody is left out for that.
      await this.instances.byIds([0])
      return await this.oneByOne(instanceIds)
    }
  }

  private async oneByOne(instanceIds: readonly number[]): Promise<ReadonlyMap<number, Instance>> {
    const found = new Map<number, Instance>()
    for (const id of instanceIds) {
      try {
        const instance = await this.instances.byId(id)
        if (instance) found.set(id, instance)
      } catch (error) {
        await this.instances.byIds([0])
        this.log.error({ instanceId: id, why: whyOf(error) }, 'an instance cannot be read; its callbacks are queued')
      }
    }
    return found
  }

  async policies(accountIds: readonly number[]): Promise<ReadonlyMap<number, FailurePolicy>> {
    const settings = await Promise.all(accountIds.map(id => this.accounts.settings(id)))
    return new Map(accountIds.map((id, index) => [id, policyOf(settings[index])]))
  }
}

function policyOf(settings: Record<string, string> | undefined): FailurePolicy {
  return settings?.['notification.webhook.failure.policy'] === 'queue' ? 'queue' : 'retry'
}
