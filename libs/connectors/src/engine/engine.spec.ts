import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { icontact } from '../definitions/icontact/index.js'
import { intercom } from '../definitions/intercom/index.js'
import { definitionFaults } from './validate.js'

test('the engine has no vendor’s name in it', async () => {
  const files = await readdir(__dirname, { recursive: true })
  for (const file of files.filter(name => name.endsWith('.ts') && !name.endsWith('.spec.ts')))
    expect({ file, named: /intercom|icontact/i.test(await readFile(join(__dirname, file), 'utf8')) }).toEqual({
      file,
      named: false,
    })
})

test.each([intercom, icontact])(
  '$name could stand in a file: it is plain data, and nothing is wrong with it',
  definition => {
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition)
    expect(definitionFaults(JSON.parse(JSON.stringify(definition)))).toEqual([])
  },
)
