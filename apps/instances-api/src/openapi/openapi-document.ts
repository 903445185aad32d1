import { PlatformModule, readSettings } from '#platform'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { InstancesApiModule } from '../instances-api.module.js'

@Module({})
class PreviewModule {}

/** The OpenAPI document as the code has it: JSON text. Nothing is started for it. */
export async function openApiDocument(): Promise<string> {
  const imports = [PlatformModule.with(readSettings({}, 'tool')), InstancesApiModule]
  const options = { preview: true, logger: false, abortOnError: false } as const
  const app = await NestFactory.create({ module: PreviewModule, imports }, new FastifyAdapter(), options)
  const config = new DocumentBuilder()
    .setTitle('Tributary')
    .setDescription(
      'Connected accounts and their events. What is under `/elements/api-v2` is what clients of Cloud Elements speak; ' +
        'what is under `/api` is new.',
    )
    .setVersion('2')
    .setOpenAPIVersion('3.0.3')
    .addSecurity('secrets', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: '`User <secret>, Organization <secret>[, Element <token>]`, in any order',
    })
    .build()
  const document = SwaggerModule.createDocument(app, config)
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
