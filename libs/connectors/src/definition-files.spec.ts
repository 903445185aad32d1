import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { queryOf, scripted } from '../test/scripted-vendor.js'
import { Connectors, DefinitionError, parseHubUrl, type Connector, type VendorSession } from './index.js'

const example = join(__dirname, '../test/definitions/shopkeeper.yaml')
const now = Date.parse('2026-03-10T12:00:00Z')
let dir: string
let text: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'definitions-'))
  text = await readFile(example, 'utf8')
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function load(files: Record<string, string>): Promise<Connectors> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
  return Connectors.load({ dir, now: () => now })
}

async function shopkeeper(): Promise<Connector> {
  const connector = (await load({ 'shopkeeper.yaml': text })).get('shopkeeper')
  if (!connector) throw new Error('shopkeeper was not loaded')
  return connector
}

const configuration = { 'oauth.user.token': 'tok', 'webhook.secret': 'hush' }
const session: VendorSession = {
  configuration,
  identity: { workspace: 'a.shop', variables: { site: 'main', shop: '17' } },
}

describe('a vendor that only a file describes', () => {
  test('stands beside the built-in ones, from YAML and from JSON alike', async () => {
    const connectors = await load({ 'a.json': JSON.stringify(parse(text)), 'notes.txt': 'not a definition' })
    expect(connectors.list().map(({ key }) => key)).toEqual(['intercom', 'icontact', 'shopkeeper'])
  })

  test('is polled', async () => {
    const connector = await shopkeeper()
    const vendor = scripted({
      headers: { 'RateLimit-Remaining': '3', 'RateLimit-Reset': '30' },
      body: '{"orders":[{"number":10000000000000000001,"changed":"2026-03-10T11:00:00Z"}],"meta":{"next":"p2"}}',
    })
    const request = { ...parseHubUrl("/hubs/x/orders?where=state='open'"), since: now }
    expect(await connector.listPage(session, request, vendor.http)).toEqual({
      kind: 'page',
      records: [
        {
          id: '10000000000000000001',
          fields: { number: '10000000000000000001', changed: '2026-03-10T11:00:00Z' },
          raw: '{"number":10000000000000000001,"changed":"2026-03-10T11:00:00Z"}',
        },
      ],
      next: 'p2',
      order: 'oldest-first',
      orderedBy: 'changed',
      limitedBySince: true,
      warnings: [],
      limits: { remaining: 3, resetAt: now + 30_000 },
    })
    expect(vendor.requests[0]?.url.split('?')[0]).toBe('https://api.shopkeeper.example/v1/shops/17/orders')
    expect(queryOf(vendor.requests[0])).toEqual({
      state: 'open',
      changed_since: '2026-03-10T12:00:00Z',
      sort: 'changed',
      size: '100',
    })
    expect(connector.defaultPolling).toEqual({
      orders: {
        url: '/hubs/ecommerce/orders?orderBy=changed desc',
        idField: 'number',
        datesConfiguration: connector.resource('orders')?.dates,
      },
    })
  })

  test('is connected, and its tokens are refreshed', async () => {
    const connector = await shopkeeper()
    const authorize = connector.authorizeUrl({ apiKey: 'k', callbackUrl: 'https://me/cb', state: 's' })
    expect(authorize).toBe(
      'https://login.shopkeeper.example/oauth/authorize?response_type=code&client_id=k&redirect_uri=https%3A%2F%2Fme%2Fcb&state=s',
    )
    const vendor = scripted({ body: { access_token: 'a2', refresh_token: 'r2', expires_in: 3600 } })
    expect(connector.refreshes).toBe(true)
    expect(await connector.refresh({ refreshToken: 'r1', apiKey: 'k', apiSecret: 's=' }, vendor.http)).toEqual({
      kind: 'tokens',
      accessToken: 'a2',
      refreshToken: 'r2',
      expiresInSeconds: 3600,
    })
    expect(vendor.requests[0]).toMatchObject({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&refresh_token=r1&client_id=k&client_secret=s%3D',
    })
    const me = scripted({ body: { shop: { id: 17, domain: 'a.shop', zone: 'Europe/Berlin' } } })
    expect(await connector.identify({ configuration }, me.http)).toEqual({
      kind: 'identified',
      identity: { workspace: 'a.shop', timeZone: 'Europe/Berlin', variables: { site: 'main', shop: '17' } },
    })
  })

  test('is received by webhook: verified, several notifications at once, each with its id', async () => {
    const connector = await shopkeeper()
    const body = {
      shop: 'a.shop',
      changes: [
        {
          id: 'n1',
          object: 'order',
          action: 'placed',
          at: 1,
          data: { number: 5, changed: '2026-03-10T11:00:00+01:00' },
        },
        {
          id: 'n2',
          object: 'order',
          action: 'merged',
          at: '2026-03-10T11:30:00Z',
          data: { number: 6, merged_number: 7 },
        },
        { id: 'n3', object: 'refund', action: 'created', at: 1772965800, data: { id: 'r-1' } },
      ],
    }
    const rawBody = Buffer.from(JSON.stringify(body))
    const signature = createHmac('sha256', 'hush').update(rawBody).digest('base64')
    expect(connector.verify({ rawBody, headers: { 'x-shop-signature': signature }, configuration })).toBe(true)
    expect(connector.verify({ rawBody, headers: { 'x-shop-signature': 'x' }, configuration })).toBe(false)
    const reading = connector.read(body)
    if (reading.kind !== 'notification') throw new Error(reading.kind)
    expect(reading.workspace).toBe('a.shop')
    const instance = { id: 1, name: 'i', tags: [], accountId: 1, companyId: 1, userId: 1 }
    const events = connector.normalize(reading, instance, rawBody.toString())
    expect(
      events.map(({ origin, eventType, objectType, objectId, date }) => [
        origin,
        eventType,
        objectType,
        objectId,
        date,
      ]),
    ).toEqual([
      ['n1', 'CREATED', 'orders', '5', '2026-03-10T10:00:00.000Z'],
      ['n2', 'UPDATED', 'orders', '6', '2026-03-10T11:30:00.000Z'],
      ['n2', 'DELETED', 'orders', '7', '2026-03-10T11:30:00.000Z'],
      ['n3', 'CREATED', 'refunds', 'r-1', '2026-03-08T10:30:00.000Z'],
    ])
    expect(connector.read({ kind: 'challenge', challenge: 'abc' })).toEqual({ kind: 'handshake', body: 'abc' })
    expect(connector.read({ shop: 'a.shop', changes: [] })).toMatchObject({ kind: 'unreadable' })
  })

  test('is the one that the documentation prints', async () => {
    const docs = await readFile(join(__dirname, '../../../docs/connectors.md'), 'utf8')
    const printed = /```yaml\n(.*?)```/s.exec(docs)?.[1] ?? ''
    const connector = (await load({ 'printed.yaml': printed })).get('shopkeeper')
    expect(connector?.metadata).toMatchObject({ methods: ['polling', 'webhook'], polling: { orders: {} } })
  })

  test('may take a built-in one’s place', async () => {
    const connectors = await load({ 'a.yaml': text.replace('key: shopkeeper', 'key: icontact') })
    expect(connectors.get('icontact')?.definition.name).toBe('Shopkeeper')
  })
})

describe('what is wrong with a file is told by line, column, place and expectation', () => {
  async function faults(change: (text: string) => string): Promise<readonly string[]> {
    const error = await load({ 'shop.yaml': change(text) }).catch((caught: unknown) => caught)
    if (error instanceof DefinitionError) return error.faults
    throw new Error('it was accepted')
  }

  /** `line:column` of the first line with these words: of a mark in it, or of where the line begins. */
  function lineOf(words: string, mark?: string): string {
    const lines = text.split('\n')
    const line = lines.findIndex(each => each.includes(words))
    const column = mark === undefined ? lines[line]!.search(/[^\s-]/) : lines[line]!.indexOf(mark)
    return `${line + 1}:${column + 1}`
  }

  const cases: [
    what: string,
    from: string,
    to: string,
    fault: (line: (words: string, mark?: string) => string) => string,
  ][] = [
    [
      'an unknown paging style',
      'style: cursor',
      'style: cursr',
      line =>
        `shop.yaml:${line('style: cursor', 'style')}: resources.orders.listings.0.paging.style "cursr" should be one of none, cursor, page, next-url, scroll, offset`,
    ],
    [
      'a misspelt member',
      'pageSize:',
      'pagesize:',
      line =>
        `shop.yaml:${line('pageSize:')}: resources.orders.listings.0.pagesize is unknown here; expected one of path, items, paging, method, query, body, pageSize, total, mostRecords, order, filter, since, orderBy, needsFilter, parameters`,
    ],
    ['something missing', 'name: Shopkeeper\n', '', () => 'shop.yaml:2:1: name is missing'],
    [
      'a path without its slash',
      'path: /orders\n',
      'path: orders\n',
      line =>
        `shop.yaml:${line('path: /orders')}: resources.orders.listings.0.path "orders" should be a path that begins with /`,
    ],
    [
      'a host from the configuration',
      'https://api.shopkeeper.example/v1',
      'https://{host}/v1',
      line =>
        `shop.yaml:${line('api: https')}: api.sites.0.api "https://{host}/v1" should be an http(s) URL without query, credentials or {names}`,
    ],
    [
      'a name without a value',
      'Bearer {oauth.user.token}',
      'Bearer {token}',
      line =>
        `shop.yaml:${line('Bearer')}: authentication.headers.authorization names {token}, which is neither a key of "fields" nor a variable of "identify"; these are: site, oauth.api.key, oauth.api.secret, oauth.user.token, webhook.secret, shop`,
    ],
    [
      'a date pattern',
      "updatedDateFormat: yyyy-MM-dd'T'",
      'updatedDateFormat: yyyy-MM-ddT',
      line =>
        `shop.yaml:${line('updatedDateFormat')}: resources.orders.dates.updatedDateFormat "yyyy-MM-ddTHH:mm:ssXXX" is no date pattern`,
    ],
    [
      'a since that no filter has',
      'since: { field: changed',
      'since: { field: altered',
      line =>
        `shop.yaml:${line('since: {', 'field')}: resources.orders.listings.0.since.field "altered" should be one of filter.fields, of type date`,
    ],
    [
      'an event type',
      'CREATED',
      'NEW',
      line =>
        `shop.yaml:${line('CREATED', 'CREATED')}: webhooks.topics.order.placed.1 "NEW" should be one of CREATED, UPDATED, DELETED, UNKNOWN`,
    ],
    [
      'a row',
      '[orders, UPDATED, item.number]\n      - ',
      '[orders]\n      - ',
      line =>
        `shop.yaml:${line('- [orders, UPDATED')}: webhooks.topics.order.merged.0 should be [object type, event type, path of the id (or several)]`,
    ],
    [
      'a missing endpoint',
      '      token: https://login.shopkeeper.example/oauth/token\n',
      '',
      line => `shop.yaml:${line('name: main')}: api.sites.0.token is missing, though authentication is by OAuth`,
    ],
    [
      'an algorithm',
      'sha256',
      'md5',
      line =>
        `shop.yaml:${line('sha256')}: webhooks.verification.algorithm "md5" should be one of sha1, sha256, sha512`,
    ],
  ]

  test.each(cases)('%s', async (_, from, to, fault) => {
    expect(text).toContain(from)
    const [first = '', ...others] = await faults(content => content.replace(from, to))
    expect(first.startsWith(fault(lineOf))).toBe(true)
    expect(others).toEqual([])
  })

  test.each<[string, (text: string) => string, string[]]>([
    ['text that is no YAML', () => 'a: [1', ['1:6: Flow sequence in block collection must be sufficiently indented']],
    ['a list', () => '- 1', ['1:1: the definition [1] should be a set of members']],
    ['nothing', () => '# later', ['1:1: the definition null should be a set of members']],
    ['several documents', each => `${each}\n---\nkey: other\n`, ['Source contains multiple documents']],
    ['an alias of nothing', each => each.replace('hub: ecommerce', 'hub: *hub'), ['Unresolved alias']],
    [
      'a member that is given twice',
      each => each.replace('hub: ecommerce', 'hub: ecommerce\nname: Again'),
      ['7:1: name is given more than once; write it once'],
    ],
    [
      'a name of the API’s own, and one that means another resource',
      each => each.replace('    id: number', '    aliases: [Instances, ORDERS]\n    id: number'),
      [
        'resources.orders.aliases.0 "Instances" is reserved: the API has paths of that name (accounts, ',
        'resources.orders.aliases.1 "ORDERS" means orders already',
      ],
    ],
    [
      'keys that are every element’s, given twice, or nowhere',
      each =>
        each.replace(
          'resources:',
          '  - { key: event.objects, label: O, type: TEXTAREA }\n  - { key: webhook.secret, label: W, type: PASSWORD, requiredUnless: x }\n\nresources:',
        ),
      [
        'fields.4.key "event.objects" is reserved: event.* and filter.* are every element\'s',
        'fields.5.key "webhook.secret" is given twice',
        'fields.5.requiredUnless "x" is none of the fields\' keys',
      ],
    ],
    [
      'a variable that hides another, and a secret that no instance can have',
      each =>
        each.replace('{ shop: shop.id }', '{ shop: shop.id, site: shop.site }').replace('[webhook.secret]', '[secret]'),
      [
        "identify.0.variables.site is reserved: {site} is the site's name",
        'webhooks.verification.keys.0 "secret" is no key of "fields"; these are: ',
      ],
    ],
    [
      'the number of another element',
      each => each.replace('id: 90001', 'id: 13766'),
      ['3:1: id 13766 is taken by "icontact"'],
    ],
    [
      'a wrong type deep in a list, where the closer look at all else goes on',
      each =>
        each
          .replace('label: API Key', 'label: 7')
          .replace('encoding: base64', 'encoding: base65')
          .replace('changed: { type: date,', 'changed: { type: day,'),
      [
        'fields.0.label 7 should be a text',
        'resources.orders.listings.0.filter.fields.changed.type "day" should be one of text, number, boolean, date',
        'webhooks.verification.encoding "base65" should be one of hex, base64',
      ],
    ],
  ])('%s', async (_, change, expected) => {
    const all = await faults(change)
    expect(all.every(fault => /^shop\.yaml:\d+:\d+: /.test(fault))).toBe(true)
    expect(expected.filter(part => !all.some(fault => fault.includes(part)))).toEqual([])
    expect(all).toHaveLength(expected.length)
  })

  test('a shape that is wrong in one place doesn’t hide what is wrong in another', async () => {
    const all = await faults(content => content.replace('hub: ecommerce', 'hub: 7').replace('CREATED', 'NEW'))
    expect(all).toEqual([
      'shop.yaml:6:1: hub 7 should be a text',
      expect.stringMatching(
        /^shop\.yaml:\d+:\d+: webhooks\.topics\.order\.placed\.1 "NEW" should be one of /,
      ) as string,
    ])
  })

  test('a JSON file is told of as a YAML file is', async () => {
    const json = JSON.stringify({ ...(parse(text) as object), hub: 7, nmae: 'x' }, null, 2)
    const error = await load({ 'shop.json': json }).catch((caught: unknown) => caught)
    const lineOfHub = json.split('\n').findIndex(line => line.includes('"hub"')) + 1
    expect((error as DefinitionError).faults).toEqual([
      expect.stringMatching(/^shop\.json:\d+:3: nmae is unknown here; expected one of key, id, name, /) as string,
      `shop.json:${lineOfHub}:3: hub 7 should be a text`,
    ])
  })

  test('two files of one key are told of, each by its place', async () => {
    await writeFile(join(dir, 'b.yml'), text)
    expect(await faults(content => content)).toEqual(['shop.yaml:2:1: key "shopkeeper" is taken by b.yml:2:1'])
  })

  test('every fault of every file at once', async () => {
    await writeFile(join(dir, 'other.yml'), 'key: Other Vendor')
    const all = await faults(content => content.replace('hub: ecommerce', 'hub: 7'))
    expect(all).toContain(
      'other.yml:1:1: key "Other Vendor" should be lower-case letters, digits and _, beginning with a letter',
    )
    expect(all).toContain('shop.yaml:6:1: hub 7 should be a text')
  })

  test('a folder that isn’t there is an error too', async () => {
    await expect(Connectors.load({ dir: join(dir, 'none') })).rejects.toThrow('ENOENT')
  })
})
