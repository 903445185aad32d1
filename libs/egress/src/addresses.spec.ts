import { AddressPolicy } from './addresses.js'

const forbidden = [
  ...['127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.169.254'],
  ...['169.254.1.1', '100.64.0.1', '0.0.0.0', '0.1.2.3', '255.255.255.255', '224.0.0.1', '240.0.0.1', '192.0.0.8'],
  ...['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['::1', '::', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1'],
  ...['2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1'],
  ...['100::1', '5f00::1', 'localhost', '', '1.2.3'],
]
const allowed = ['93.184.216.34', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8']

test.each(forbidden)('%j is refused', address => {
  expect(new AddressPolicy([]).refusal(address)).toEqual(expect.any(String))
})

test.each(allowed)('%s is allowed', address => {
  expect(new AddressPolicy([]).refusal(address)).toBeNull()
})

test('a subnet of EGRESS_ALLOW opens itself only, also where its address is written as IPv6', () => {
  const policy = new AddressPolicy(['10.1.0.0/16', 'fd12::/16', '127.0.0.1/32'])
  const open = ['10.1.255.1', '::ffff:10.1.0.1', 'fd12::1', '127.0.0.1', '8.8.8.8']
  expect(open.map(address => policy.refusal(address))).toEqual(open.map(() => null))
  expect(['10.2.0.1', 'fd13::1', '127.0.0.2', '::1'].filter(address => policy.refusal(address) === null)).toEqual([])
})
