import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { intercomError } from './errors.js'
import { Intercom } from './intercom.js'
import type { Workspace } from './workspace.js'

interface AdmittedRequest extends FastifyRequest {
  intercomWorkspace?: Workspace
}

const VERSIONS = new Set([
  ...['1.0', '1.1', '1.2', '1.3', '1.4', 'Unstable', 'Preview'],
  ...Array.from({ length: 17 }, (_, minor) => `2.${String(minor)}`),
])

/** The workspace whose token the request carries. */
export const OfToken = createParamDecorator((_: unknown, context: ExecutionContext): Workspace => {
  const workspace = context.switchToHttp().getRequest<AdmittedRequest>().intercomWorkspace
  if (!workspace) throw intercomError(401, 'unauthorized', 'Access Token Invalid')
  return workspace
})

/** Lets injected faults happen where no token is asked for. */
@Injectable()
export class IntercomFaultGate implements CanActivate {
  constructor(private readonly intercom: Intercom) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    await this.intercom.faults.meet(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>())
    return true
  }
}

/** What every request to the API passes: injected faults, the token, the workspace's standing, version and rate. */
@Injectable()
export class IntercomGate implements CanActivate {
  constructor(private readonly intercom: Intercom) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdmittedRequest>()
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    await this.intercom.faults.meet(request, reply)
    const token = this.admit(request)
    this.count(token.app, reply)
    const version = request.headers['intercom-version']
    if (typeof version === 'string' && !VERSIONS.has(version)) {
      throw intercomError(400, 'intercom_version_invalid', `The requested version ${version} does not exist`)
    }
    const workspace = this.intercom.workspace(token.workspace)
    if (workspace.access === 'suspended') throw intercomError(401, 'token_suspended', 'Access Token Suspended')
    if (workspace.access === 'plan-restricted') {
      throw intercomError(403, 'api_plan_restricted', 'Active subscription needed.')
    }
    request.intercomWorkspace = workspace
    return true
  }

  private admit(request: FastifyRequest) {
    const presented = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const token = presented === undefined ? undefined : this.intercom.token(presented)
    if (!token) throw intercomError(401, 'unauthorized', 'Access Token Invalid')
    if (token.revoked) throw intercomError(401, 'token_revoked', 'Access Token Revoked')
    return token
  }

  private count(app: Parameters<Intercom['countRequest']>[0], reply: FastifyReply): void {
    const { limit, remaining, reset, allowed } = this.intercom.countRequest(app)
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(reset),
    }
    void reply.headers(headers)
    if (!allowed) throw intercomError(429, 'rate_limit_exceeded', 'Exceeded rate limit for application', headers)
  }
}
