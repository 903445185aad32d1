import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'

export class ObjectField {
  @ApiProperty({ description: 'Members joined by dots', example: 'updated_at' })
  path!: string

  @ApiProperty({ enum: ['string', 'date'] })
  type!: 'string' | 'date'

  @ApiPropertyOptional({ description: 'Of a date: a Java pattern, `timestamp` (seconds) or `milliseconds`' })
  format?: string
}

export class ObjectDefinition {
  @ApiProperty({ type: [ObjectField], description: 'What is known of it: ids and dates. Records have more' })
  fields!: ObjectField[]
}

export class ObjectMetadataField {
  @ApiProperty({ example: 'updated_at' })
  vendorPath!: string

  @ApiProperty({ enum: ['string', 'date'] })
  type!: 'string' | 'date'

  @ApiPropertyOptional()
  format?: string
}

export class ObjectMetadata {
  @ApiProperty({ type: [ObjectMetadataField], description: 'What is known of it: ids and dates. Records have more' })
  fields!: ObjectMetadataField[]
}
