import { Instances, type Instance, type Principal } from '#instances'
import { Injectable } from '@nestjs/common'
import { notFound } from '../errors/refusal.js'

/** Instances as one account sees them: another's, and deleted ones, aren't there. */
@Injectable()
export class OwnedInstances {
  constructor(private readonly instances: Instances) {}

  /** @param id as it stands in the path @throws Refused (not-found) */
  async find(caller: Principal, id: string | number): Promise<Instance> {
    const number = /^[1-9]\d{0,9}$/.test(String(id)) ? Number(id) : 0
    const instance = number > 0 && number < 2 ** 31 ? await this.instances.byId(number) : null
    if (!instance || instance.deletedAt || instance.accountId !== caller.accountId) throw notFound(`Instance ${id}`)
    return instance
  }
}
