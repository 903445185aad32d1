import { Controller, Get, Res } from '@nestjs/common'
import { ApiExcludeController } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { callbackPage, callbackPageHeaders } from './callback-page.js'
import { callbackPath } from './callback-url.js'

/** Where vendors send people back to. It stands outside of the API, since whoever comes here is a browser. */
@ApiExcludeController()
@Controller(callbackPath)
export class OAuthCallbackController {
  @Get()
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(callbackPageHeaders)
    return callbackPage
  }
}
