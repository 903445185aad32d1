import { Injectable } from '@nestjs/common'
import { callbackTarget, type CallbackTarget, type FailurePolicy } from '#deliveries'
import { Accounts, Instances } from '#instances'
import type { CallbackTargets } from './ports.js'

/** The targets that instances and accounts are configured with. */
@Injectable()
export class InstanceTargets implements CallbackTargets {
  constructor(
    private readonly instances: Instances,
    private readonly accounts: Accounts,
  ) {}

  async byInstance(instanceIds: readonly number[]): Promise<ReadonlyMap<number, CallbackTarget>> {
    const instances = await this.instances.byIds(instanceIds)
    return new Map([...instances].map(([id, instance]) => [id, callbackTarget(instance)]))
  }

  async policies(accountIds: readonly number[]): Promise<ReadonlyMap<number, FailurePolicy>> {
    const settings = await Promise.all(accountIds.map(id => this.accounts.settings(id)))
    return new Map(accountIds.map((id, index) => [id, policyOf(settings[index])]))
  }
}

function policyOf(settings: Record<string, string> | undefined): FailurePolicy {
  return settings?.['notification.webhook.failure.policy'] === 'queue' ? 'queue' : 'retry'
}
