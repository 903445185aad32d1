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
