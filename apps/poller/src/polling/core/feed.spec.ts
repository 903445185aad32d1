import { advance, forget, notice, read, type Feed } from './feed.js'

const empty: Feed = { watermark: 0, held: [], seen: new Map() }
const exactly = (watermark: number) => watermark

/** One run over rows dated by their number, in pages that are counted. */
function run(feed: Feed, rows: readonly number[]): { feed: Feed; told: number } {
  const reading = read(feed, 0, exactly, 1_000_000)
  reading.drifting = true
  let told = 0
  for (let from = 0; from < rows.length || from === 0; from += 1_000) {
    for (const row of rows.slice(from, from + 1_000)) if (notice(feed, reading, `${row}`, row, '')) told++
    reading.pages++
    forget(feed, reading, exactly)
  }
  return { feed: advance(feed, reading, exactly), told }
}

test('more news than is remembered, on pages between which a row can slip through, are read once more', () => {
  const rows = Array.from({ length: 6_000 }, (_, row) => row + 1)
  const first = run(
    empty,
    rows.filter(row => row !== 3_001),
  )
  expect([first.told, first.feed.watermark]).toEqual([5_999, 0])
  const second = run(first.feed, [...rows, 6_001])
  expect([second.told, second.feed.watermark]).toEqual([6_000, 6_000])
  const third = run(second.feed, [...rows, 6_001, 6_002])
  expect(third.told).toBe(1)
})
