import { ApiProperty } from '@nestjs/swagger'
import { eventStatuses } from './event-status.js'

export class EventElementInstance {
  @ApiProperty()
  eventId!: string

  @ApiProperty()
  elementInstanceId!: number

  @ApiProperty()
  notificationId!: string

  @ApiProperty({ description: 'JSON: the entry of `message.events` that the callback has' })
  notifiedData!: string

  @ApiProperty({ description: 'When it was stored' })
  createdDate!: string

  @ApiProperty({ description: 'When a callback was last sent, if one was' })
  updatedDate!: string
}

export class EventBody {
  @ApiProperty()
  id!: string

  @ApiProperty({ description: 'When it changed at the vendor' })
  eventDate!: string

  @ApiProperty({
    enum: eventStatuses,
    description:
      'NOTIFIED: a callback was answered 2xx. DISPATCHED: one was sent, and none was answered 2xx. NEW: none was sent yet. ' +
      'RECEIVED: stored, and nobody is to be told. CONSUMED: never given',
  })
  status!: string

  @ApiProperty({ description: "JSON: the vendor's notification, or the record that was polled" })
  providerData!: string

  @ApiProperty({ type: [Object], description: 'The entry of `message.events` that the callback has' })
  notifiedData!: object[]

  @ApiProperty({ type: [EventElementInstance] })
  eventElementInstances!: EventElementInstance[]

  @ApiProperty({
    description: "Base64 of the instance's id: what its webhook URL ends with, if it has a key to verify by",
  })
  encodedid!: string
}
