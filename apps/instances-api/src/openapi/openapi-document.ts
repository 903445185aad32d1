import { PlatformModule, readSettings } from '#platform'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { InstancesApiModule } from '../instances-api.module.js'
import { completeDocument } from './complete-document.js'
import { keyedPosts } from './keyed-posts.js'
import { operationId } from './operation-id.js'

@Module({})
class PreviewModule {}

/** The OpenAPI document as the code has it: JSON text. Nothing is started for it. */
export async function openApiDocument(): Promise<string> {
  const imports = [PlatformModule.with(readSettings({}, 'tool')), InstancesApiModule]
  const options = { preview: true, logger: false, abortOnError: false } as const
  const app = await NestFactory.create({ module: PreviewModule, imports }, new FastifyAdapter(), options)
  const config = describe(new DocumentBuilder()).build()
  const document = SwaggerModule.createDocument(app, config, {
    // Health and metrics are the operators', not the API's.
    include: [InstancesApiModule],
    operationIdFactory: operationId,
  })
  await app.close()
  return `${JSON.stringify(completeDocument(keyedPosts(document)), null, 2)}\n`
}

/** The sections of the document, in their order. */
const tags: Record<string, string> = {
  Elements: 'The vendors that instances can be made of',
  OAuth: "The first leg of OAuth: the vendor's page that asks for access",
  Instances: 'Connected accounts. A call without an id acts on the instance of the `Element` token',
  'Hub resources': "The vendor's own records, of the instance of the `Element` token",
  'Resource documents': 'What the hub resources of an element or an instance are, for programs that ask',
  Events: 'Events as stored, and how their callbacks went',
  Erasure: 'The erasing of stored events, and of all that is kept of them',
  Polls: 'Polling: now, and as it went',
  Notifications: 'Where callbacks go, and what still waits for them',
  Accounts: 'The account and its settings',
  Replays: 'The sending again of stored notifications',
}

function describe(builder: DocumentBuilder): DocumentBuilder {
  for (const [name, description] of Object.entries(tags)) builder.addTag(name, description)
  return builder
    .setTitle('Tributary')
    .setDescription(
      'Connected accounts and their events. What is under `/elements/api-v2` is what clients of Cloud Elements speak; ' +
        'what is under `/api` is new.',
    )
    .setVersion('2')
    .setOpenAPIVersion('3.0.3')
    .addServer('/', 'Where this document is')
    .addServer('http://127.0.0.1:8080', 'npm start')
    .addSecurity('secrets', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: '`User <secret>, Organization <secret>[, Element <token>]`, in any order',
    })
}
