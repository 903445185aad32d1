import { Instances } from '#instances'
import { Injectable, type OnModuleInit } from '@nestjs/common'
import { currentClaim } from './claim.js'
import { underWay } from './idempotency.interceptor.js'
import { IdempotencyKeys } from './idempotency-keys.js'

/**
 * An instance that is made under a key and the key's note of it are one transaction: a process that dies leaves both or
 * neither, and one that lost its key meanwhile makes nothing.
 */
@Injectable()
export class CreationsHeld implements OnModuleInit {
  constructor(
    private readonly instances: Instances,
    private readonly keys: IdempotencyKeys,
  ) {}

  onModuleInit(): void {
    this.instances.onChange(async (manager, { id, version }) => {
      const claim = currentClaim()
      if (!claim || version !== 1) return
      if (!(await this.keys.hold(claim, id, manager))) throw underWay()
    })
  }
}
