import { ApiProperty } from '@nestjs/swagger'

export class ErrorBody {
  @ApiProperty({
    example: '65f0c1a2b3d4e5f601234567',
    description: 'Also in the header Elements-Request-Id, and in the log.',
  })
  requestId!: string

  @ApiProperty({ description: 'What was wrong and what would do; several faults stand in a line each.' })
  message!: string

  @ApiProperty({ type: String, nullable: true, description: "The vendor's own words, where it refused." })
  providerMessage!: string | null
}
