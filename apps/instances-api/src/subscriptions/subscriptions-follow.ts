import { callbackTarget, Subscriptions, type RunSql } from '#deliveries'
import { Instances } from '#instances'
import { Injectable, type OnModuleInit } from '@nestjs/common'

/** Keeps each instance's subscription at its callback URL, in the transaction that changes the instance. */
@Injectable()
export class SubscriptionsFollow implements OnModuleInit {
  constructor(
    private readonly instances: Instances,
    private readonly subscriptions: Subscriptions,
  ) {}

  onModuleInit(): void {
    this.instances.onChange((manager, instance) => {
      const run: RunSql = (text, values) => manager.query(text, values)
      return this.subscriptions.follow([callbackTarget(instance)], run)
    })
  }
}
