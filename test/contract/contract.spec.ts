import type { Answer } from '../../apps/instances-api/src/testing/running-api.js'
import { calls, type Call } from './calls.js'
import { ApiDocument, type Operation, type Parameter } from './document.js'
import { startWorld, type World } from './world.js'

let document: ApiDocument
let world: World

beforeAll(async () => {
  document = await ApiDocument.read()
  world = await startWorld()
}, 60_000)

afterAll(() => world.close())

// The names must be known before the document is made; `every call of the document …` holds the two together.
const names = Object.keys(calls)

test('every call of the document is tried here', () => {
  const missing = document.operations.map(({ name }) => name).filter(name => !(name in calls))
  // Missing? Add one that goes well to test/contract/calls.ts.
  expect(missing).toEqual([])
  expect(names.filter(name => !document.operations.some(operation => operation.name === name))).toEqual([])
})

test.each(names)('%s answers as the document says', async name => {
  const { operation, call } = await example(name)
  const answer = await send(operation, call)
  expect([answer.status, answer.status === (call.status ?? 200) ? null : answer.body]).toEqual([
    call.status ?? 200,
    null,
  ])
  expect(requestFaults(operation, call)).toEqual([])
  expect(faults(operation, answer)).toEqual([])
  if (Array.isArray(answer.body)) expect(answer.body.length).toBeGreaterThan(0)
})

describe('errors have the documented body, and a status that the document names', () => {
  test.each(names)('%s', async name => {
    const { operation, call } = await example(name)
    for (const [what, status, wrong] of wrongCalls(operation, call)) {
      const answer = await send(operation, wrong)
      expect([what, answer.status, answer.body]).toEqual([what, status, expect.anything()])
      expect([what, faults(operation, answer)]).toEqual([what, []])
    }
  })
})

test('names, tags and examples of the document are fit for generated clients', () => {
  const ids = document.operations.map(({ operationId }) => operationId)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at || !/^[a-z]+[A-Z]\w+$/.test(id))).toEqual([])
  const known = document.whole.tags.map(tag => tag.name)
  expect(document.operations.flatMap(({ tags }) => tags).filter(tag => !known.includes(tag))).toEqual([])
  for (const { name, parameters, responses } of document.operations) {
    expect([name, Object.keys(responses).some(status => /^[24]/.test(status))]).toEqual([name, true])
    expect([name, parameters.filter(({ schema }) => !schema?.type && !schema?.$ref)]).toEqual([name, []])
  }
  const create = document.operations.find(({ operationId }) => operationId === 'createInstance')
  const { schema, examples = {} } = (create?.requestBody?.content?.['application/json'] ?? {}) as {
    schema: object
    examples?: Record<string, { value: unknown }>
  }
  const values = Object.values(examples).map(({ value }) => value)
  expect(values.map(value => document.faults({ ...schema }, value))).toEqual(values.map(() => []))
  expect(values.length).toBeGreaterThan(1)
})

interface Sent extends Call {
  /** Null: without the header. */
  authorization?: string | null
  headers?: Record<string, string>
}

async function example(name: string): Promise<{ operation: Operation; call: Call }> {
  const operation = document.operations.find(each => each.name === name)
  if (!operation) throw new Error(`the document has no ${name}`)
  return { operation, call: await calls[name]!(world) }
}

function send({ method, path }: Operation, { path: values = {}, query = {}, body, ...sent }: Sent): Promise<Answer> {
  const { userSecret, organizationSecret } = world.api.account
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values[name])))
  const search = new URLSearchParams(query).toString()
  const element = sent.token === undefined ? '' : `, Element ${sent.token}`
  return world.api.call(method, `/${filled}${search && `?${search}`}`, {
    ...(body !== undefined && { body }),
    authorization:
      sent.authorization === undefined
        ? `User ${userSecret}, Organization ${organizationSecret}${element}`
        : sent.authorization,
    ...(sent.headers && { headers: sent.headers }),
  })
}

type WrongCall = [what: string, status: number, call: Sent]

/** What can be wrong with any call, made out of one that is right. */
function wrongCalls(operation: Operation, call: Call): WrongCall[] {
  return [
    ...(operation.security ? wrongSecrets(call) : []),
    ...operation.parameters.flatMap(parameter => wrongParameter(parameter, call)),
    ...(operation.requestBody ? wrongBodies(call) : []),
  ]
}

function wrongSecrets(call: Call): WrongCall[] {
  const { token, ...without } = call
  return [
    ['no Authorization', 401, { ...call, authorization: null }],
    ['a wrong secret', 401, { ...call, authorization: 'User nobody, Organization nothing' }],
    ...(token === undefined ? [] : [['no Element token', 401, without] as WrongCall]),
  ]
}

function wrongParameter({ name, in: place, schema }: Parameter, call: Call): WrongCall[] {
  if (name === 'If-Match') return [['another tag', 412, { ...call, headers: { [name]: '"another"' } }]]
  if (place === 'path') {
    const unknown = call.unknown?.[name] === undefined ? (unknownValues[name] ?? '999999999') : call.unknown[name]
    if (unknown === null) return []
    // What of a hub's path can be no name at all is 400.
    const none = 'resource' in (call.path ?? {}) ? [unknown] : [unknown, 'a\0b']
    return none.map(value => [
      `${name} ${JSON.stringify(value)}`,
      404,
      { ...call, path: { ...call.path, [name]: value } },
    ])
  }
  const isChecked = place === 'query' && (schema.type === 'integer' || schema.format === 'date-time')
  return isChecked ? [[`bad ${name}`, 400, { ...call, query: { ...call.query, [name]: 'yesterday' } }]] : []
}

function wrongBodies(call: Call): WrongCall[] {
  return [
    ['broken JSON', 400, { ...call, body: '{"name": ' }],
    ['a body that is no object', 400, { ...call, body: '[1]' }],
    ['another content type', 415, { ...call, body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['a body too long', 413, { ...call, body: `"${'x'.repeat(1024 * 1024)}"` }],
  ]
}

const unknownValues: Record<string, string> = {
  keyOrId: 'nobody',
  resource: 'nothing',
  child: 'nothing',
  object: 'nothing',
  operationId: 'nothing',
}

/** Whether the good call itself is one that the document allows. */
function requestFaults({ requestBody, parameters }: Operation, { body, query = {} }: Call): string[] {
  const schema = requestBody?.content?.['application/json']?.schema
  const unsaid = Object.keys(query).filter(name => !parameters.some(each => each.in === 'query' && each.name === name))
  return [
    ...unsaid.map(name => `query parameter ${name} isn't in the document`),
    ...(body !== undefined && !schema ? ["a body isn't in the document"] : []),
    ...(schema ? document.faults(schema, body) : []),
  ]
}

/** Where an answer and the document differ. */
function faults(operation: Operation, { status, headers, body }: Answer): string[] {
  const response = operation.responses[String(status)]
  if (!response) return [`status ${status} isn't in the document`]
  const wrongHeaders = Object.entries(response.headers ?? {}).flatMap(([name, header]) => {
    const text = headers.get(name)
    if (text === null) return isOptional(name) ? [] : [`the header ${name} is missing`]
    const schema = document.header(header)
    return document.faults(schema, schema.type === 'integer' ? Number(text) : text).map(fault => `${name}: ${fault}`)
  })
  // An error may tell what a good answer does, such as whose vendor was asked.
  const said = [response, ...(status >= 400 ? Object.values(operation.responses) : [])]
    .flatMap(each => Object.keys(each.headers ?? {}))
    .map(name => name.toLowerCase())
  const unsaid = [...headers.keys()].filter(
    name => (name.startsWith('elements-') || ['etag', 'retry-after'].includes(name)) && !said.includes(name),
  )
  const schema = response.content?.['application/json']?.schema
  const isJson = headers.get('content-type') === 'application/json; charset=utf-8'
  return [
    ...wrongHeaders,
    ...unsaid.map(name => `the header ${name} isn't in the document`),
    ...(schema && !isJson ? [`content-type: ${headers.get('content-type')}`] : []),
    ...(schema ? document.faults(schema, body) : body === '' ? [] : [`a body, where none is in the document`]),
  ]
}

function isOptional(header: string): boolean {
  return ['Elements-Next-Page-Token', 'Elements-Total-Count', 'Retry-After'].includes(header)
}
