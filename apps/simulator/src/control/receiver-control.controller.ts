import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common'
import type { JsonObject } from '../http/body.js'
import type { Mailbox, Mode } from '../receiver/mailbox.js'
import { Receiver } from '../receiver/receiver.js'
import { badRequest, JsonBody, mustText } from './json-body.js'

const MODES: readonly Mode['kind'][] = ['ok', 'fail', 'hang', 'reset', 'delay', 'drip', 'cut', 'flood']
const NEEDED: Partial<Record<Mode['kind'], readonly string[]>> = {
  fail: ['status'],
  delay: ['ms'],
  drip: ['bytes', 'everyMs'],
  flood: ['bytes'],
}

/** What the receiver got, and how it answers. */
@Controller('control/receiver')
export class ReceiverControlController {
  constructor(private readonly receiver: Receiver) {}

  @Get()
  overview() {
    return this.receiver.all().map(view)
  }

  @Get(':name')
  counts(@Param('name') name: string) {
    return view(this.receiver.mailbox(name))
  }

  /** The callbacks as they came, from number `after` on. */
  @Get(':name/callbacks')
  callbacks(@Param('name') name: string, @Query('after') after = '0', @Query('limit') limit = '100') {
    return this.receiver.mailbox(name).received.slice(Number(after), Number(after) + Number(limit))
  }

  /** The events received, each id once. */
  @Get(':name/events')
  events(@Param('name') name: string) {
    return this.receiver.mailbox(name).events()
  }

  /** The ids of events and notifications, each once. */
  @Get(':name/ids')
  ids(@Param('name') name: string) {
    const { received } = this.receiver.mailbox(name)
    return {
      events: [...new Set(received.flatMap(({ eventIds }) => eventIds))],
      notifications: [...new Set(received.flatMap(({ notificationId }) => notificationId ?? []))],
    }
  }

  @Put(':name/key')
  key(@Param('name') name: string, @Body(JsonBody) body: JsonObject) {
    return view(this.receiver.mailbox(name, { key: mustText(body, 'key') }))
  }

  /** `{"kind": "fail", "status": 503, "times": 2}` and the like. */
  @Put(':name/mode')
  mode(@Param('name') name: string, @Body(JsonBody) body: JsonObject) {
    const kind = MODES.find(candidate => candidate === body['kind'])
    if (!kind) throw badRequest(`kind: expected one of ${MODES.join(', ')}`)
    for (const needed of NEEDED[kind] ?? []) {
      if (typeof body[needed] !== 'number') throw badRequest(`${needed}: expected a number with kind "${kind}"`)
    }
    const mailbox = this.receiver.mailbox(name)
    mailbox.answer(body as unknown as Mode)
    return view(mailbox)
  }

  @Delete(':name')
  clear(@Param('name') name: string) {
    this.receiver.mailbox(name).clear()
    return view(this.receiver.mailbox(name))
  }
}

function view(mailbox: Mailbox) {
  return {
    name: mailbox.name,
    url: mailbox.url,
    hasKey: mailbox.key !== undefined,
    mode: mailbox.answering(),
    ...mailbox.counts(),
  }
}
