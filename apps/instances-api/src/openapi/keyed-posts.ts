import type { OpenAPIObject } from '@nestjs/swagger'

const errorBody = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } }

/** Every POST that needs secrets can be repeated under an `Idempotency-Key`; said here once for all of them. */
export function keyedPosts(document: OpenAPIObject): OpenAPIObject {
  for (const { post } of Object.values(document.paths)) {
    if (!post?.security?.length) continue
    const parameter = {
      name: 'Idempotency-Key',
      in: 'header' as const,
      required: false,
      description:
        'A repeat with the same key within 24 hours is answered as the first time, and nothing is done twice',
      schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
    }
    post.parameters = [...(post.parameters ?? []), parameter]
    post.responses['409'] ??= { description: 'The first request with this key is at work', content: errorBody }
    post.responses['422'] ??= { description: 'The key belongs to another request', content: errorBody }
  }
  return document
}
