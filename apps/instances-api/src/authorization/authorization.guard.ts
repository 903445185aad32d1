import { Accounts, readAuthorization, type Principal } from '#instances'
import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { Refused } from '../errors/refusal.js'

const principals = new WeakMap<object, Principal>()

const expected = 'Authorization: User <secret>, Organization <secret>[, Element <token>]'

/** Lets in who says who they are. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly accounts: Accounts) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>()
    const credentials = readAuthorization(request.headers.authorization)
    if (!credentials) {
      throw new Refused({ kind: 'unauthorized', message: `The request needs the header ${expected}` })
    }
    const authentication = await this.accounts.authenticate(credentials)
    if (authentication.kind === 'refused') {
      throw new Refused({ kind: 'unauthorized', message: refusedBecause(authentication.part) })
    }
    principals.set(request, authentication.principal)
    return true
  }
}

// Which secret is wrong is no help to a guesser: each is 256 random bits.
function refusedBecause(part: 'user' | 'organization' | 'element'): string {
  switch (part) {
    case 'user':
      return `The user secret is not known; expected ${expected}`
    case 'organization':
      return `The organization secret is missing or not the user's; expected ${expected}`
    case 'element':
      return `The element token is not that of an instance of yours; expected ${expected}`
  }
}

/** Who a request speaks for, once the guard has let it in. */
export function principalOf(request: FastifyRequest): Principal | undefined {
  return principals.get(request)
}

/** Who the request speaks for, as the guard found. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const principal = principals.get(context.switchToHttp().getRequest<FastifyRequest>())
  if (!principal) throw new Error('a route that asks for its caller stands behind no AuthorizationGuard')
  return principal
})

/** The instance that the header's `Element <token>` names: what the calls without an id act on. */
export const CallersInstance = createParamDecorator((_data: unknown, context: ExecutionContext): number => {
  const { instanceId } = principals.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? {}
  if (instanceId !== undefined) return instanceId
  throw new Refused({
    kind: 'unauthorized',
    message: 'A call without an instance id acts on the instance of the header Authorization: …, Element <token>',
  })
})
