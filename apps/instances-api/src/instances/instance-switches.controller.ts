import type { Principal } from '#instances'
import { Controller, Delete, Param, Put } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Conditional, type Conditions } from './conditions/conditions.js'
import type { Tagged } from './conditions/entity-tag.js'
import { ChangesUnderConditions } from './conditions/tagged-answers.js'
import { InstanceBody } from './instance.dto.js'
import { InstancesService } from './instances.service.js'

/** What is turned on by PUT and off by DELETE. Without an id: of the instance of the header's `Element <token>`. */
@ApiTags('Instances')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class InstanceSwitchesController {
  constructor(private readonly service: InstancesService) {}

  @Put(':id/enabled')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Enable an instance' })
  @ApiOkResponse({ type: InstanceBody })
  enable(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { disabled: false }, conditions)
  }

  @Delete(':id/enabled')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Disable an instance: its events are stored, nothing is polled or called' })
  @ApiOkResponse({ type: InstanceBody })
  disable(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { disabled: true }, conditions)
  }

  @Put(':id/trace-logging')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Log every request to the vendor of an instance: method, path, status, time' })
  @ApiOkResponse({ type: InstanceBody })
  traceOn(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { traceLogging: true }, conditions)
  }

  @Delete(':id/trace-logging')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Log the requests to the vendor of an instance no more' })
  @ApiOkResponse({ type: InstanceBody })
  traceOff(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { traceLogging: false }, conditions)
  }

  @Put('enabled')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Enable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  enableCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { disabled: false }, conditions)
  }

  @Delete('enabled')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Disable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  disableCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { disabled: true }, conditions)
  }

  @Put('trace-logging')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Log every request to the vendor of the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  traceOnCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { traceLogging: true }, conditions)
  }

  @Delete('trace-logging')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Log the requests to the vendor of the instance of the Element token no more' })
  @ApiOkResponse({ type: InstanceBody })
  traceOffCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.turn(caller, id, { traceLogging: false }, conditions)
  }
}
