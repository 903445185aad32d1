import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator'
import { quoted } from './faults.js'

const instead = (expected: string) => ({
  message: ({ value }: ValidationArguments) =>
    value === undefined || value === null ? `is missing; write ${expected}` : `${quoted(value)} is not ${expected}`,
})

export class ElementReference {
  @ApiPropertyOptional({ description: 'Its key, or its id instead.', example: 'intercom' })
  @IsOptional()
  @IsString(instead('the key of an element, such as "intercom"'))
  key?: string

  @ApiPropertyOptional({ type: Number })
  @IsOptional()
  id?: number | string
}

/** What creating and changing an instance have in common. */
export class InstanceParts {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'OAuth: `{"code": "…"}`, as the vendor gave it.',
  })
  @IsOptional()
  @IsObject(instead('an object, such as {"code": "…"}'))
  providerData?: Record<string, unknown> | null

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      "The element's fields and the `event.*` keys. Booleans, numbers and objects may also be given as strings.",
  })
  @IsOptional()
  @IsObject(instead('an object of the configuration’s keys'))
  configuration?: Record<string, unknown> | null

  @ApiPropertyOptional({ type: [String] })
  @IsOptional()
  @IsArray(instead('a list of texts'))
  @IsString({ each: true, ...instead('a list of texts') })
  @ArrayMaxSize(100, { message: 'has more than 100 tags' })
  @MaxLength(256, { each: true, message: 'has a tag longer than 256 characters' })
  tags?: string[] | null

  @ApiPropertyOptional({
    enum: ['none', 'initial'],
    description: '`initial`: the configuration holds `oauth.user.refresh_token`, or `oauth.user.token`.',
  })
  @IsOptional()
  @IsIn(['none', 'initial'], instead('"none" or "initial"'))
  externalAuthentication?: string | null
}

/** POST where the path names the element. */
export class CreateElementInstanceRequest extends InstanceParts {
  @ApiProperty({ example: 'API Instance' })
  @IsString(instead('a name for the instance'))
  @IsNotEmpty({ message: 'is empty; write a name for the instance' })
  @MaxLength(256, { message: 'is longer than 256 characters' })
  name!: string
}

export class CreateInstanceRequest extends CreateElementInstanceRequest {
  @ApiProperty({ type: ElementReference })
  @IsDefined(instead('the element, such as {"key": "intercom"}'))
  @IsObject(instead('an object such as {"key": "intercom"}'))
  @ValidateNested()
  element!: ElementReference
}

/** PATCH: what is absent stays; the configuration's keys are merged. */
export class ChangeInstanceRequest extends InstanceParts {
  @ApiPropertyOptional({ type: Number, description: 'Only its own.' })
  @IsOptional()
  id?: unknown

  @ApiPropertyOptional({ type: ElementReference, description: 'Only the one it has.' })
  @IsOptional()
  @IsObject(instead('an object such as {"key": "intercom"}'))
  @ValidateNested()
  element?: ElementReference | null

  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString(instead('a name for the instance'))
  @IsNotEmpty({ message: 'is empty; write a name for the instance' })
  @MaxLength(256, { message: 'is longer than 256 characters' })
  name?: string | null
}

/** PUT: the whole instance; what is absent is emptied, but for the vendor's tokens. */
export class ReplaceInstanceRequest extends InstanceParts {
  @ApiPropertyOptional({ type: Number, description: 'Only its own.' })
  @IsOptional()
  id?: unknown

  @ApiPropertyOptional({ type: ElementReference, description: 'Only the one it has.' })
  @IsOptional()
  @IsObject(instead('an object such as {"key": "intercom"}'))
  @ValidateNested()
  element?: ElementReference | null

  @ApiProperty()
  @IsString(instead('a name for the instance'))
  @IsNotEmpty({ message: 'is empty; write a name for the instance' })
  @MaxLength(256, { message: 'is longer than 256 characters' })
  name!: string

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'All of it; a mask stands for what is stored.',
  })
  declare configuration: Record<string, unknown>
}
