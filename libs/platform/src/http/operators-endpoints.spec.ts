import { Module } from '@nestjs/common'
import { readSettings } from '../settings/read-settings.js'
import { createApp } from '../start/create-app.js'

@Module({})
class EmptyModule {}

test('health and metrics answer those beside the process, and nobody behind an ingress', async () => {
  const app = await createApp(readSettings({ PORT: '0', LOG_LEVEL: 'silent' }, 'poller'), EmptyModule)
  await app.init()
  for (const url of ['/health/live', '/health/ready', '/metrics', '/metrics?x=1', '/health/ready/']) {
    expect((await app.inject({ url })).statusCode).toBe(200)
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded']) {
      expect((await app.inject({ url, headers: { [name]: 'x' } })).statusCode).toBe(404)
    }
  }
  await app.close()
})
