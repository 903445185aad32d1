import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { Refused, type Refusal } from '../../errors/refusal.js'
import { readEntityTags, revisionOf, type EntityTag, type Tagged } from './entity-tag.js'

type EntityTags = '*' | EntityTag[]

/**
 * What a request demands of the instance as it is: RFC 9110, 13.1. Of a tag, the revision counts, and not what renewed
 * tokens look like: a change is refused where another client's would be lost, and only there.
 */
export class Conditions {
  static readonly none = new Conditions(null, null)

  private constructor(
    private readonly ifMatch: EntityTags | null,
    private readonly ifNoneMatch: EntityTags | null,
  ) {}

  /** @throws Refused (invalid) where a header is no list of tags: a condition that can't be read must not count as none */
  static read(headers: { 'if-match'?: string; 'if-none-match'?: string }): Conditions {
    const faults: string[] = []
    const tags = (name: 'If-Match' | 'If-None-Match', text: string | undefined) => {
      if (text === undefined) return null
      const list = readEntityTags(text)
      if (!list) faults.push(`${name}: ${JSON.stringify(text)} is no list of tags; write an ETag with its quotes, or *`)
      return list
    }
    const conditions = new Conditions(
      tags('If-Match', headers['if-match']),
      tags('If-None-Match', headers['if-none-match']),
    )
    if (faults.length > 0) throw new Refused({ kind: 'invalid', faults })
    return conditions
  }

  /** Why an instance of this revision may not be changed; null: it may. To be asked under its lock. */
  refusal(revision: number): Refusal | null {
    const wanted = this.ifNoneMatch === null || !this.includes(this.ifNoneMatch, revision, true)
    return wanted ? this.mismatch(revision) : failed('If-None-Match names the instance as it is')
  }

  /** Whether a reader has this answer already. @throws Refused where it wants one that there isn't */
  known({ tag }: Pick<Tagged<unknown>, 'tag'>): boolean {
    const refusal = this.mismatch(revisionOf({ weak: false, opaque: tag }) ?? 0)
    if (refusal) throw new Refused(refusal)
    return this.ifNoneMatch === '*' || (this.ifNoneMatch?.some(({ opaque }) => opaque === tag) ?? false)
  }

  private mismatch(revision: number): Refusal | null {
    if (this.ifMatch === null || this.includes(this.ifMatch, revision, false)) return null
    return failed('The instance was changed meanwhile: If-Match names none of its ETag; read it again')
  }

  private includes(tags: EntityTags, revision: number, weakly: boolean): boolean {
    return tags === '*' || tags.some(tag => (weakly || !tag.weak) && revisionOf(tag) === revision)
  }
}

/** The request's conditions. */
export const Conditional = createParamDecorator((_data: unknown, context: ExecutionContext): Conditions => {
  return Conditions.read(context.switchToHttp().getRequest<FastifyRequest>().headers)
})

function failed(message: string): Refusal {
  return { kind: 'condition-failed', message }
}
