import { readFileSync, writeFileSync } from 'node:fs'
import { openApiDocument } from './openapi-document.js'
import { openApiPath } from './openapi-file.js'
import { openApiPage, type OpenApi } from './openapi-page.js'

test('docs/openapi.json is what the code makes', async () => {
  const document = await openApiDocument()
  if (process.env['UPDATE_DOCS']) writeFileSync(openApiPath(), document)
  // Stale? npx tributary openapi
  expect(readFileSync(openApiPath(), 'utf8')).toBe(document)
})

test('every call of the API is in the document, and on its page', () => {
  const document = JSON.parse(readFileSync(openApiPath(), 'utf8')) as OpenApi
  const page = openApiPage(document)
  for (const path of [
    '/elements/api-v2/instances',
    '/elements/api-v2/elements/{keyOrId}/oauth/url',
    '/api/instances/{id}/poll',
  ]) {
    expect(Object.keys(document.paths)).toContain(path)
    expect(page).toContain(path)
  }
  expect(page).not.toMatch(/src=|http-equiv/)
})

test('what descriptions have between backticks is code on the page, and markup in them is text', () => {
  const page = openApiPage({
    info: { title: 'T', description: 'give `a<b>` or <i>`x`</i>' },
    paths: { '/p': { get: { summary: 'by `id`', responses: { 200: { description: '`If-Match`' } } } } },
    components: { schemas: { S: { properties: { m: { type: 'string', description: 'as `m`; a lone ` stays' } } } } },
  })
  expect(page).toContain('give <code>a&#60;b&#62;</code> or &#60;i&#62;<code>x</code>&#60;/i&#62;')
  for (const text of ['by <code>id</code>', '<code>If-Match</code>', 'as <code>m</code>; a lone ` stays']) {
    expect(page).toContain(text)
  }
})
