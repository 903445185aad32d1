import { Controller, Get, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { Health, type Report } from './health.js'

@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  async live(@Res() reply: FastifyReply): Promise<void> {
    await send(reply, await this.health.live())
  }

  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    await send(reply, await this.health.ready())
  }
}

async function send(reply: FastifyReply, { ok, checks }: Report): Promise<void> {
  await reply.status(ok ? 200 : 503).send({ status: ok ? 'up' : 'down', checks })
}
