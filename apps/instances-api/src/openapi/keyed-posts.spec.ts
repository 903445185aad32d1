import { openApiDocument } from './openapi-document.js'
import type { OpenApi } from './openapi-page.js'

test('every POST that needs secrets takes an Idempotency-Key, and nothing else does', async () => {
  const { paths } = JSON.parse(await openApiDocument()) as OpenApi
  const takers = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'Idempotency-Key'))
      .map(([method]) => `${method} ${path}`),
  )
  const posts = Object.keys(paths).filter(path => paths[path]!['post'] && !path.includes('/oauth/url'))
  expect(takers.sort()).toEqual(posts.map(path => `post ${path}`).sort())
  expect(paths['/elements/api-v2/instances']!['post']!.responses).toHaveProperty('422')
})
