import { ApiPaths } from './api-paths.js'

const routes: [string, string[]][] = [
  ['/elements/api-v2/instances', ['GET', 'POST']],
  ['/elements/api-v2/instances/:id', ['GET', 'PATCH']],
  ['/elements/api-v2/instances/enabled', ['PUT']],
  ['/elements/api-v2/instances/:instanceId', ['DELETE']],
  ['/elements/api-v2/instances/:id/events', ['GET']],
  ['/elements/api-v2/hubs/:hub/:resource', ['GET']],
  ['/elements/api-v2/:resource', ['GET']],
  ['/elements/api-v2/:resource/:id', ['GET']],
  ['/elements/api-v2/:resource/:id/:child', ['GET']],
  ['/api/instances/:id/poll', ['POST']],
  ['/api/files/*', ['GET']],
  ['/*', ['GET']],
  ['/docs', ['GET']],
]

test.each([
  ['/elements/api-v2/instances', ['GET', 'POST', 'HEAD']],
  ['/elements/api-v2/instances/?x=/a', ['GET', 'POST', 'HEAD']],
  ['/elements/api-v2/instances/7', ['GET', 'PATCH', 'DELETE', 'HEAD']],
  ['/elements/api-v2/instances/enabled', ['PUT']],
  ['/elements/api-v2/instances/7/events', ['GET', 'HEAD']],
  ['/elements/api-v2/contacts', ['GET', 'HEAD']],
  ['/elements/api-v2/messages/7/opens', ['GET', 'HEAD']],
  ['/elements/api-v2/hubs/x/instances', ['GET', 'HEAD']],
  ['/api/instances/7/poll', ['POST']],
  ['/api/files/one', ['GET', 'HEAD']],
  ['/api/files/one/two', ['GET', 'HEAD']],
])('%s takes %j', (path, methods) => {
  const paths = new ApiPaths()
  for (const [pattern, taken] of routes) paths.add(taken, pattern)
  expect(paths.methodsAt(path)).toEqual([...methods, 'OPTIONS'])
})

test.each([
  // Would be a vendor's resource, but for their first name.
  '/elements/api-v2/instances/7/else',
  '/elements/api-v2/%69nstances/7/else',
  '/elements/api-v2/hubs',
  '/elements/api-v2/hubs/x',
  '/elements/api-v2/messages/7/opens/1',
  '/elements/api-v2',
  '/api',
  '/api/nothing',
])('%s is no path', path => {
  const paths = new ApiPaths()
  for (const [pattern, taken] of routes) paths.add(taken, pattern)
  expect(paths.methodsAt(path)).toBeNull()
})
