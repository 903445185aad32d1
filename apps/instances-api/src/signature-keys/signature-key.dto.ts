import { ApiProperty } from '@nestjs/swagger'

export class RotateSignatureKeyRequest {
  @ApiProperty({
    required: false,
    description: 'The new key; without one a random key is made, `whsec_` and the base64 of 32 bytes.',
  })
  key?: string

  @ApiProperty({
    required: false,
    type: Number,
    minimum: 0,
    maximum: 720,
    default: 24,
    description: 'For how long the key before signs on. 0: it ends at once, and so do those before it.',
  })
  overlapHours?: number
}

export class SignatureKeysBody {
  @ApiProperty({ description: 'Whether callbacks are signed.' })
  configured!: boolean

  @ApiProperty({
    type: [String],
    description: 'When the keys before end that still sign beside the newest; the newest of them first.',
    example: ['2026-11-22T10:00:00.000Z'],
  })
  retiredUntil!: string[]
}

export class RotatedSignatureKeyBody extends SignatureKeysBody {
  @ApiProperty({
    description: 'The new key. It is shown this once.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  key!: string
}
