import ipaddr from 'ipaddr.js'
import { AddressPolicy } from './addresses.js'
import { egressUnderTest, outcome, resolving } from './testing/egress-under-test.js'

// RFC 6890 and its successors in IANA's registries of special addresses, and what else leads inside.
const ranges4: [string, string][] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local, metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', '6to4 relays'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarks'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved, broadcast'],
]
const ranges6: [string, string][] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['::ffff:0:0:0/96', 'IPv4-translated'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'local NAT64'],
  ['100::/64', 'discard'],
  ['100:0:0:1::/64', 'dummy prefix'],
  ['2001::/23', 'protocol assignments, Teredo, ORCHID'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
]

/** The first and the last address of a range. */
function ends(range: string): [string, string] {
  const [address, bits] = ipaddr.parseCIDR(range)
  const bytes = address.toByteArray()
  const last = bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, bits - at * 8))))
  return [address.toString(), ipaddr.fromByteArray(last).toString()]
}

const escaped = (text: string) => [...text].map(c => `%${c.charCodeAt(0).toString(16)}`).join('')
const fullWidth = (text: string) => text.replace(/\d/g, digit => String.fromCharCode(0xff10 + Number(digit)))
const hex = (n: number) => n.toString(16)

/** All the ways to write an IPv4 address into a URL that anyone reads as that address. */
function spellings4(address: string): string[] {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number]
  const [low16, low24, all] = [c * 256 + d, (b * 256 + c) * 256 + d, ((a * 256 + b) * 256 + c) * 256 + d]
  const groups = `${hex(a * 256 + b)}:${hex(low16)}`
  return [
    ...[address, `${address}.`, escaped(address), `${address}%2e`, fullWidth(address), address.replaceAll('.', '。')],
    ...[address.replaceAll('.', '．'), address.replaceAll('.', '｡'), `\u00ad${address}`, `\t${address}\n`],
    ...[`${all}`, `0x${hex(all)}`, `0X${hex(all).toUpperCase()}`, `0${all.toString(8)}`, `0x00000000${hex(all)}`],
    ...[`${a}.${low24}`, `${a}.${b}.${low16}`, `0x${hex(a)}.0${b.toString(8)}.${low16}`],
    ...[[a, b, c, d].map(n => `0${n.toString(8)}`).join('.'), [a, b, c, d].map(n => `0x${hex(n)}`).join('.')],
    ...[`[::ffff:${address}]`, `[::FFFF:${groups.toUpperCase()}]`, `[0:0:0:0:0:ffff:${groups}]`, `[::${address}]`],
    ...[`[::${groups}]`, `[::ffff:0:${address}]`, `[64:ff9b::${address}]`, `[64:ff9b:1::${groups}]`],
    ...[`[2002:${groups}::]`, `[2002:${groups}::1]`, `[2001:0:${groups}::1]`, `[fe80::5efe:${address}]`],
  ]
}

function spellings6(address: string): string[] {
  const full = ipaddr.parse(address).toNormalizedString()
  return [`[${address}]`, `[${address.toUpperCase()}]`, `[${full}]`]
}

const under = egressUnderTest()
const { egress, inside } = under

describe('no address that is special is reached', () => {
  test.each(ranges4)('%s (%s): from its first to its last, in every spelling', async range => {
    const client = egress()
    for (const address of ends(range)) {
      for (const host of spellings4(address)) {
        const refusal = client.checkUrl(`http://${host}/`)
        expect([host, refusal]).toEqual([host, expect.stringContaining('EGRESS_ALLOW')])
      }
    }
  })

  test.each(ranges6)('%s (%s): from its first to its last, in every spelling', range => {
    for (const address of ends(range)) {
      for (const host of spellings6(address)) {
        expect([host, egress().checkUrl(`https://${host}:8443/`)]).toEqual([
          host,
          expect.stringContaining('EGRESS_ALLOW'),
        ])
      }
    }
  })

  test.each([...ranges4, ...ranges6])(
    '%s (%s): by a name, also with a public address before or behind it',
    async range => {
      const { port, hits } = await inside()
      const open = range.includes(':') ? '2606:4700::1111' : '93.184.216.34'
      const [first, last] = ends(range)
      for (const list of [[first], [last], [open, last], [first, open]]) {
        const refused = await outcome(egress({ resolve: resolving(list) }), `http://name.example:${port}/`)
        expect(refused).toMatch(/^refused-address: name\.example resolves to \S+, .*; EGRESS_ALLOW would allow it$/)
      }
      expect(hits).toEqual([])
    },
  )

  test('their public neighbours are', () => {
    const open = ['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255']
    open.push('128.0.0.0', '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255')
    open.push('198.17.255.255', '198.20.0.0', '223.255.255.255', '2001:200::', '2003::', '3ffe::', '2606:4700::1111')
    expect(open.filter(address => new AddressPolicy([]).refusal(address) !== null)).toEqual([])
  })

  test.each([
    ...[
      '[fe80::1%25eth0]',
      '[fe80::1%eth0]',
      '[::1%25lo]',
      '127.0.0.1%00.example.com',
      '256.1',
      '1.2.3.4.5',
      '4294967296',
    ],
    ...['127.0.0.1..', 'localhost..', '.localhost', 'a..example.com', '[::ffff:127.0.0.1', '127.0.0.1:99999', ''],
  ])('%j is no host', async host => {
    expect(await outcome(egress({ resolve: resolving(['127.0.0.1']) }), `http://${host}/`)).toMatch(/^invalid-url: /)
  })

  test.each([
    'localhost',
    'LocalHost.',
    'ⓛocalhost',
    'x.localhost',
    'metadata.google.internal',
    'METADATA.google.internal.',
  ])('%s stands for an address that is refused, whoever resolves it', host => {
    expect(egress({ proxy: 'http://proxy.example' }).checkUrl(`http://${host}/`)).toContain('EGRESS_ALLOW')
  })

  test.each([
    'http:\\\\127.0.0.1\\',
    'http:127.0.0.1',
    'http:///127.0.0.1/',
    'http://127.0.0.1\\@example.com/',
    'hTTp://127.1?x',
  ])('%j is read as browsers read it, and refused', url => {
    expect(egress().checkUrl(url)).toContain('127.0.0.1 is a loopback address')
  })
})

describe('what a name says now and later', () => {
  test('each connection judges anew: a name that was public first is refused once it leads inside', async () => {
    const { port, hits } = await inside()
    // Stands for a public address that answers.
    const client = egress({ allow: ['127.0.0.1/32'], resolve: resolving(['127.0.0.1'], ['127.0.0.2'], ['::1']) })
    expect(await outcome(client, `http://rebind.example:${port}/`)).toBe('answered 200 secret')
    await client.close()
    const later = egress({ allow: ['127.0.0.1/32'], resolve: resolving(['127.0.0.2'], ['::1'], ['127.0.0.1']) })
    const refused = /^refused-address: rebind\.example resolves to \S+, a loopback address/
    expect(await outcome(later, `http://rebind.example:${port}/`)).toMatch(refused)
    expect(await outcome(later, `http://rebind.example:${port}/`)).toMatch(refused)
    expect(await outcome(later, `http://rebind.example:${port}/`)).toBe('answered 200 secret')
    expect(hits).toHaveLength(2)
  })

  test('an answer that is no address is refused', async () => {
    for (const list of [['localhost'], ['127.1'], ['fe80::1%lo'], ['']]) {
      expect(await outcome(egress({ resolve: resolving(list) }), 'http://odd.example/')).toMatch(/^refused-address: /)
    }
    expect(await outcome(egress({ resolve: resolving([]) }), 'http://odd.example/')).toMatch(
      /^connection: .*no address/,
    )
  })
})

describe('EGRESS_ALLOW', () => {
  test('opens its subnets to their ends and no further, however they are written, but through no tunnel', () => {
    const client = egress({ allow: ['10.1.2.0/30', 'fd00:1::/64', '169.254.169.254/32'] })
    const checked = (hosts: string[]) => hosts.filter(host => client.checkUrl(`http://${host}/`) === null)
    const open = ['10.1.2.0', '10.1.2.3', '0xa010203', '10.1.515', '[::ffff:10.1.2.3]', '[fd00:1::]', '169.254.169.254']
    expect(checked(open)).toEqual(open)
    const shut = ['10.1.1.255', '10.1.2.4', '[fd00:1:0:1::]', '[fd00:0:ffff::]', '169.254.169.253', '127.0.0.1']
    expect(
      checked([...shut, '[64:ff9b::10.1.2.3]', '[2002:a01:203::]', '[::10.1.2.3]', '[::ffff:0:10.1.2.3]']),
    ).toEqual([])
  })
})
