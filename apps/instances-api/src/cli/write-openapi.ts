import { writeFile } from 'node:fs/promises'
import { openApiDocument } from '../openapi/openapi-document.js'
import { openApiPath } from '../openapi/openapi-file.js'
import { command } from './command.js'

/** `tributary openapi`: writes the document that `/docs` serves, from the code. */
export const writeOpenApi = command({
  does: 'writes docs/openapi.json',
  options: {},
  async run({ out }) {
    const path = openApiPath()
    await writeFile(path, await openApiDocument())
    out(`${path} written\n`)
  },
})
