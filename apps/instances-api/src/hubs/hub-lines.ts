import { Connectors, type Connector, type Failure } from '#connectors'
import { Instances, type Instance, type Principal } from '#instances'
import { Injectable } from '@nestjs/common'
import { notFound, Refused } from '../errors/refusal.js'
import { vendorRefusal } from './vendor-refusal.js'

/** Whom a request speaks for, and to. */
export interface Line {
  instance: Instance
  connector: Connector
}

/** Finds the instance that a hub call acts on, and says what its vendor's failures are to the caller. */
@Injectable()
export class HubLines {
  constructor(
    private readonly instances: Instances,
    private readonly connectors: Connectors,
  ) {}

  /** The instance of the header's Element token, disabled or not. @throws Refused */
  async of({ instanceId }: Principal, resource: string): Promise<Line> {
    if (instanceId === undefined) throw this.withoutToken(resource)
    const instance = await this.instances.byId(instanceId)
    if (!instance || instance.deletedAt) throw notFound(`Instance ${instanceId}`)
    return { instance, connector: this.connectorOf(instance) }
  }

  /** The same, of one that is enabled. @throws Refused */
  async open(caller: Principal, resource: string): Promise<Line> {
    const line = await this.of(caller, resource)
    const { id, disabled } = line.instance
    if (!disabled) return line
    const message = `Instance ${id} is disabled; PUT /instances/${id}/enabled enables it`
    throw new Refused({ kind: 'forbidden', message })
  }

  /** What a vendor's failure is to the caller. */
  refused({ connector }: Line, failure: Failure): Refused {
    return new Refused(vendorRefusal(connector.definition.name, failure, Date.now()))
  }

  /** @throws Refused (conflict) */
  connectorOf({ elementKey }: Instance): Connector {
    const connector = this.connectors.get(elementKey)
    if (connector) return connector
    throw new Refused({ kind: 'conflict', message: `The element ${elementKey} isn't installed any more` })
  }

  // A path that no element knows is just a path that there isn't.
  private withoutToken(resource: string): Refused {
    const isKnown = resource === 'objects' || this.connectors.list().some(connector => connector.resource(resource))
    if (!isKnown) return notFound(`/${resource}`)
    const message = `/${resource} acts on the instance of the header Authorization: User <secret>, Element <token>`
    return new Refused({ kind: 'unauthorized', message })
  }
}
