import { Controller, Get, Header } from '@nestjs/common'
import { ApiExcludeController } from '@nestjs/swagger'
import { readFile } from 'node:fs/promises'
import { openApiPath } from './openapi-file.js'
import { openApiPage, type OpenApi } from './openapi-page.js'

/** The API's description: for programs, and a page of it for people. */
@ApiExcludeController()
@Controller('docs')
export class OpenApiController {
  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  document(): Promise<string> {
    return readFile(openApiPath(), 'utf8')
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  async page(): Promise<string> {
    return openApiPage(JSON.parse(await this.document()) as OpenApi)
  }
}
