import { ApiProperty } from '@nestjs/swagger'

const timestamp = { example: '2026-11-20T10:00:00.000Z', description: 'Where the interval begins' }

export class CountEntry {
  @ApiProperty({ description: 'Events stored in the interval' })
  count!: number

  @ApiProperty(timestamp)
  timestamp!: string
}

class JudgedRecord {
  @ApiProperty({ description: 'Events stored in the interval' })
  count!: number

  @ApiProperty({ description: 'Of these, those whose callback was answered 2xx by now' })
  success!: number

  @ApiProperty({ description: 'Of these, those of which callbacks were sent and none was answered 2xx by now' })
  failed!: number
}

export class AccountRecord extends JudgedRecord {
  @ApiProperty()
  accountId!: number
}

export class InstanceRecord extends JudgedRecord {
  @ApiProperty()
  instanceId!: number
}

export class AccountsEntry {
  @ApiProperty()
  total!: number

  @ApiProperty(timestamp)
  timestamp!: string

  @ApiProperty({ type: [AccountRecord], description: 'Empty where there were no events' })
  records!: AccountRecord[]
}

export class InstancesEntry {
  @ApiProperty()
  total!: number

  @ApiProperty(timestamp)
  timestamp!: string

  @ApiProperty({ type: [InstanceRecord], description: 'Instances that had events, by id' })
  records!: InstanceRecord[]
}
