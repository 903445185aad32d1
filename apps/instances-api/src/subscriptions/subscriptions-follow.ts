import { POOL } from '#database'
import { callbackTarget, Subscriptions, type RunSql } from '#deliveries'
import { Instances } from '#instances'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { Pool } from 'pg'

/** Keeps each instance's subscription at its callback URL, in the transaction that changes the instance. */
@Injectable()
export class SubscriptionsFollow implements OnModuleInit {
  private readonly subscriptions: Subscriptions

  constructor(
    private readonly instances: Instances,
    @Inject(POOL) pool: Pool,
  ) {
    this.subscriptions = new Subscriptions(pool)
  }

  onModuleInit(): void {
    this.instances.onChange((manager, instance) => {
      const run: RunSql = (text, values) => manager.query(text, values)
      return this.subscriptions.follow([callbackTarget(instance)], run)
    })
  }
}
