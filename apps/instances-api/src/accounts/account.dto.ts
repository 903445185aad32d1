import { ApiProperty } from '@nestjs/swagger'

/** An account, as its users see it. */
export class AccountBody {
  @ApiProperty({ type: 'integer' })
  id!: number

  @ApiProperty()
  name!: string

  @ApiProperty({ type: 'integer', description: 'The organization that the account belongs to' })
  companyId!: number

  @ApiProperty({ format: 'date-time', example: '2026-11-20T10:00:00.000Z' })
  createdDate!: string
}
