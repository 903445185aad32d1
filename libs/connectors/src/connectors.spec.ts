import { Connectors } from './index.js'

test('the two built-in elements are known by their keys and numbers', async () => {
  const connectors = await Connectors.load()
  expect(connectors.list().map(({ key, definition }) => [key, definition.id])).toEqual([
    ['intercom', 13767],
    ['icontact', 13766],
  ])
  expect(connectors.get('intercom')?.definition.name).toBe('Intercom')
  expect(connectors.get('nobody')).toBeUndefined()
})

test.each(['http://127.0.0.1:9000/icp', 'ftp://x', 'localhost:1', 'http://u:p@h', 'http://h?x=1'])(
  'a stand-in of %s is refused, since paths are the definition’s',
  async url => {
    await expect(Connectors.load({ baseUrls: { icontact: url } })).rejects.toThrow(
      `CONNECTOR_ICONTACT_BASE_URL: "${url}" should be only scheme, host and port`,
    )
  },
)
