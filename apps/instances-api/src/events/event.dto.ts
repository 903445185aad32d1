import { ApiProperty } from '@nestjs/swagger'

export class EventElementInstance {
  @ApiProperty()
  eventId!: string

  @ApiProperty()
  elementInstanceId!: number

  @ApiProperty()
  notificationId!: string

  @ApiProperty({ description: 'JSON: the entry of `message.events` that the callback has' })
  notifiedData!: string

  @ApiProperty()
  createdDate!: string

  @ApiProperty()
  updatedDate!: string
}

export class EventBody {
  @ApiProperty()
  id!: string

  @ApiProperty({ description: 'When it changed at the vendor' })
  eventDate!: string

  @ApiProperty({
    enum: ['RECEIVED', 'DISPATCHED', 'NOTIFIED'],
    description: 'Stored; on its way to the callback URL, or queued for it; answered there with a 2xx',
  })
  status!: string

  @ApiProperty({ description: "JSON: the vendor's notification, or the record that was polled" })
  providerData!: string

  @ApiProperty({ type: [Object], description: 'The entry of `message.events` that the callback has' })
  notifiedData!: object[]

  @ApiProperty({ type: [EventElementInstance] })
  eventElementInstances!: EventElementInstance[]
}
