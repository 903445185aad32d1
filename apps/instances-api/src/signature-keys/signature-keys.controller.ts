import { Instances, rotateSignatureKey, signatureKey, unended, type Instance, type Principal } from '#instances'
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common'
import { ApiBody, ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { notFound, Refused } from '../errors/refusal.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { readRotation } from './rotation-request.js'
import { RotatedSignatureKeyBody, RotateSignatureKeyRequest, SignatureKeysBody } from './signature-key.dto.js'

/** The keys that an instance's callbacks are signed with, and how one follows another. */
@ApiTags('Instances')
@Controller('api/instances/:id/signature-key')
@ElementsApi()
@Authorized()
export class SignatureKeysController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly instances: Instances,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether callbacks are signed, and until when keys before sign on' })
  @ApiOkResponse({ type: SignatureKeysBody })
  async keys(@Caller() caller: Principal, @Param('id') id: string): Promise<SignatureKeysBody> {
    return viewOf(await this.owned.find(caller, id))
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign with a new key, and for a while with the one before too' })
  @ApiBody({ type: RotateSignatureKeyRequest, required: false })
  @ApiOkResponse({ type: RotatedSignatureKeyBody })
  @ApiConflictResponse({ type: ErrorBody, description: 'The key is in use already' })
  async rotate(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<RotatedSignatureKeyBody> {
    const instance = await this.owned.find(caller, id)
    const rotation = readRotation(body)
    if ('faults' in rotation) throw new Refused({ kind: 'invalid', faults: rotation.faults })
    const { key, overlapMs } = rotation
    const rotated = await this.instances.update(instance.id, current => {
      if (current.configuration[signatureKey] !== key) return rotateSignatureKey(current, key, overlapMs, Date.now())
      throw new Refused({ kind: 'conflict', message: 'key: is the one in use already; send another, or none' })
    })
    if (!rotated) throw notFound(`Instance ${id}`)
    return { key, ...viewOf(rotated) }
  }

  @Delete()
  @ApiOperation({ summary: 'End the keys before now; the newest one stays' })
  @ApiOkResponse({ type: SignatureKeysBody })
  async endOverlap(@Caller() caller: Principal, @Param('id') id: string): Promise<SignatureKeysBody> {
    const instance = await this.owned.find(caller, id)
    const ended = await this.instances.update(instance.id, current =>
      current.retiredSignatureKeys.length > 0 ? { retiredSignatureKeys: [] } : null,
    )
    if (!ended) throw notFound(`Instance ${id}`)
    return viewOf(ended)
  }
}

function viewOf(instance: Instance): SignatureKeysBody {
  return {
    configured: Boolean(instance.configuration[signatureKey]),
    retiredUntil: unended(instance, Date.now()).map(({ until }) => until.toISOString()),
  }
}
