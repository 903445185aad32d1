import {
  createParamDecorator,
  Injectable,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { map, type Observable } from 'rxjs'
import { CONTENT_TYPE, icontactError } from './errors.js'
import type { ClientFolder } from './folder.js'
import { IContact, type IContactAccount } from './icontact.js'

interface AdmittedRequest extends FastifyRequest<{ Params: Record<string, string> }> {
  icontactAccounts?: IContactAccount[]
}

const VERSIONS = new Set(['2.0', '2.1', '2.2'])

/** The accounts that the request's credentials open. */
export const OpenedAccounts = createParamDecorator(
  (_: unknown, context: ExecutionContext): IContactAccount[] =>
    context.switchToHttp().getRequest<AdmittedRequest>().icontactAccounts ?? [],
)

/** The client folder of the path, if the credentials open its account. */
export const OfPath = createParamDecorator((_: unknown, context: ExecutionContext): ClientFolder => {
  const request = context.switchToHttp().getRequest<AdmittedRequest>()
  const account = request.icontactAccounts?.find(({ id }) => id === request.params['account'])
  if (!account) throw icontactError(403, 'You are not authorized to access this account')
  const folder = account.folders.get(request.params['folder'] ?? '')
  if (!folder) throw icontactError(404, 'The client folder could not be found')
  return folder
})

/** What every request passes: injected faults, the rate limit, the version and the credentials in its headers. */
@Injectable()
export class IContactGate implements CanActivate {
  constructor(private readonly icontact: IContact) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdmittedRequest>()
    await this.icontact.faults.meet(request, context.switchToHttp().getResponse<FastifyReply>())
    if (!this.icontact.countRequest()) {
      throw icontactError(503, 'The service is temporarily unavailable. Please try again later.')
    }
    // The time is told to anyone.
    if (request.url.startsWith('/icp/time')) return true
    const header = (name: string) => String(request.headers[name] ?? '')
    if (!VERSIONS.has(header('api-version'))) {
      throw icontactError(501, 'The API version you requested is not implemented')
    }
    request.icontactAccounts = this.opened(header('api-appid'), header('api-username'), header('api-password'))
    return true
  }

  private opened(appId: string, username: string, password: string): IContactAccount[] {
    const accounts = this.icontact.allAccounts()
    const ofApp = accounts.filter(({ credentials }) => credentials.appId === appId)
    if (ofApp.length === 0) throw icontactError(401, 'Api appid invalid')
    const ofUser = ofApp.filter(({ credentials }) => credentials.username === username)
    if (ofUser.length === 0) throw icontactError(401, 'Api username invalid')
    const opened = ofUser.filter(({ credentials }) => credentials.password === password)
    if (opened.length === 0) throw icontactError(401, 'Api password invalid')
    return opened
  }
}

/** JSON under the content type of a web page, as real answers have it. */
@Injectable()
export class AsHtml implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<string> {
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    return next.handle().pipe(
      map(value => {
        void reply.type(CONTENT_TYPE)
        return JSON.stringify(value)
      }),
    )
  }
}
