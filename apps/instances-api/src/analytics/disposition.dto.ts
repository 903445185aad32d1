import { ApiProperty } from '@nestjs/swagger'

export class NotificationData {
  @ApiProperty({
    example: 'Error delivering event 9f2c… to https://example.com/events: answered 500; to be tried again',
  })
  message!: string

  @ApiProperty({ description: 'When the callback was sent' })
  date!: string
}

export class DispositionBody {
  @ApiProperty()
  eventId!: string

  @ApiProperty()
  elementInstanceId!: number

  @ApiProperty({ type: [NotificationData], description: 'One for each callback that was sent, in order' })
  notificationData!: NotificationData[]
}
