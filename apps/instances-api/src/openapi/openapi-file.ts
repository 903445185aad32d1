import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the OpenAPI document is kept: `docs/openapi.json`, whether this file was compiled or not. */
export function openApiPath(): string {
  const [root = '.'] = fileURLToPath(import.meta.url).split(/[\\/](?:dist[\\/])?apps[\\/]instances-api[\\/]/)
  return join(root, 'docs', 'openapi.json')
}
