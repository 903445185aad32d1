import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import { Clock } from '../clock/clock.js'
import type { FaultRule, Faults } from '../faults/faults.js'
import { Answer } from '../http/answer.js'
import { isObject, type JsonObject } from '../http/body.js'
import { ICONTACT_DEMO, IContact } from '../icontact/icontact.js'
import { Intercom, INTERCOM_DEMO } from '../intercom/intercom.js'
import { Receiver } from '../receiver/receiver.js'
import { INTERCOM_KINDS } from './intercom-actions.js'
import { badRequest, JsonBody } from './json-body.js'

const FAULTS = ['status', 'empty', 'malformed', 'slow', 'hang', 'reset']

/** What concerns all stand-ins: the list of what can be done, the clock, faults, requests, and starting over. */
@Controller('control')
export class ControlController {
  constructor(
    private readonly clock: Clock,
    private readonly intercom: Intercom,
    private readonly icontact: IContact,
    private readonly receiver: Receiver,
  ) {}

  @Get()
  overview() {
    return {
      defaults: { intercom: INTERCOM_DEMO, icontact: ICONTACT_DEMO },
      intercom: {
        overview: 'GET /control/intercom',
        settings: 'PATCH /control/intercom/settings',
        webhook: 'PUT /control/intercom/apps/{clientId}/webhook {url, topics?}',
        deliveries: 'GET /control/intercom/apps/{clientId}/deliveries',
        records: 'GET|POST /control/intercom/workspaces/{id}/{kind}, PATCH|DELETE …/{kind}/{recordId}',
        actions: Object.fromEntries(
          Object.entries(INTERCOM_KINDS).map(([name, { actions = {} }]) => [
            `POST /control/intercom/workspaces/{id}/${name}/{recordId}/{action}`,
            Object.keys(actions),
          ]),
        ),
        anything: 'POST /control/intercom/workspaces/{id}/notify {topic, item}',
      },
      icontact: {
        overview: 'GET /control/icontact',
        settings: 'PATCH /control/icontact/settings',
        records: 'GET|POST /control/icontact/{collection}, PATCH|DELETE …/{collection}/{recordId}',
        engagement: 'POST /control/icontact/messages/{recordId}/{opens|clicks|bounces|unsubscribes} {contactId}',
      },
      receiver: {
        overview: 'GET /control/receiver',
        one: 'GET|DELETE /control/receiver/{name}, GET …/callbacks, …/events, …/ids, PUT …/key, …/mode',
      },
      faults: 'GET|POST|DELETE /control/faults/{intercom|icontact} {fault: {kind}, method?, path?, times?}',
      requests: 'GET /control/requests/{intercom|icontact}?path=',
      clock: 'GET|POST /control/clock {advanceMs}',
      reset: 'POST /control/reset',
    }
  }

  @Post('reset')
  @HttpCode(200)
  async reset() {
    await this.intercom.reset()
    this.icontact.reset()
    this.receiver.reset()
    this.clock.reset()
    return { reset: true }
  }

  @Get('clock')
  time() {
    return { now: new Date(this.clock.now()).toISOString() }
  }

  @Post('clock')
  @HttpCode(200)
  advance(@Body(JsonBody) body: JsonObject) {
    const ms = body['advanceMs']
    if (typeof ms !== 'number') throw badRequest('advanceMs: expected a number of milliseconds')
    this.clock.advance(ms)
    return this.time()
  }

  @Get('faults/:vendor')
  faults(@Param('vendor') vendor: string) {
    return this.faultsOf(vendor).list()
  }

  @Post('faults/:vendor')
  inject(@Param('vendor') vendor: string, @Body(JsonBody) body: JsonObject) {
    const { fault } = body
    if (!isObject(fault) || !FAULTS.includes(String(fault['kind']))) {
      throw badRequest(`fault.kind: expected one of ${FAULTS.join(', ')}`)
    }
    if (fault['kind'] === 'status' && typeof fault['status'] !== 'number') {
      throw badRequest('fault.status: expected a number')
    }
    if (fault['kind'] === 'slow' && typeof fault['delayMs'] !== 'number') {
      throw badRequest('fault.delayMs: expected a number of milliseconds')
    }
    this.faultsOf(vendor).inject(body as unknown as FaultRule)
    return this.faultsOf(vendor).list()
  }

  @Delete('faults/:vendor')
  clearFaults(@Param('vendor') vendor: string) {
    this.faultsOf(vendor).clear()
    return []
  }

  @Get('requests/:vendor')
  requests(@Param('vendor') vendor: string, @Query('path') path = '') {
    return this.faultsOf(vendor).requests(path)
  }

  private faultsOf(vendor: string): Faults {
    if (vendor === 'intercom') return this.intercom.faults
    if (vendor === 'icontact') return this.icontact.faults
    throw new Answer(404, { message: `no vendor "${vendor}"; known: intercom, icontact` })
  }
}
