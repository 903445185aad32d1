import { writeFile } from 'node:fs/promises'
import { openApiDocument } from '../openapi/openapi-document.js'
import { openApiPath } from '../openapi/openapi-file.js'
import type { Environment, Options, Output } from './command.js'

/** `tributary openapi`: writes the document that `/docs` serves, from the code. */
export async function writeOpenApi(_environment: Environment, _options: Options, { out }: Output): Promise<void> {
  const path = openApiPath()
  await writeFile(path, await openApiDocument())
  out(`${path} written\n`)
}
