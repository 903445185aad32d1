import { Partitioners } from 'kafkajs'
import { partitionOf } from './partition.js'

test('a key goes to the partition that Java clients, and kafkajs, put it into', () => {
  const java = Partitioners.DefaultPartitioner()
  const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [],
    isr: [],
  }))
  const keys = ['', 'a', 'ab', 'abc', 'abcd', 'ü', '12:contacts:5ba682d23d7cf92bef87bfd4', '日本語', 'x'.repeat(1_000)]
  for (let i = 0; i < 500; i++) keys.push(`${i}:conversations:${i * 7919}`)
  for (const key of keys) {
    const expected = java({ topic: 't', partitionMetadata, message: { key, value: null } })
    expect([key, partitionOf(Buffer.from(key), 12)]).toEqual([key, expected])
  }
})

test("Java's own examples hold", () => {
  // org.apache.kafka.common.utils.UtilsTest: murmur2 of "21" is -973932308, of "foobar" -790332482.
  expect(partitionOf(Buffer.from('21'), 0x7fffffff)).toBe(-973932308 & 0x7fffffff)
  expect(partitionOf(Buffer.from('foobar'), 0x7fffffff)).toBe(-790332482 & 0x7fffffff)
})
