import { jitterShare, retryDelaysSeconds } from './retry-schedule.js'

/** The table of the retry schedule in docs/delivery.md. */
export function scheduleTable(): string {
  let passed = 0
  const rows = retryDelaysSeconds.map((seconds, index) => {
    passed += seconds
    const longest = Math.round(seconds * (1 + jitterShare))
    return [`${index + 2}`, `${seconds} s`, `${longest} s`, clock(passed)]
  })
  const table = [
    ['attempt', 'after the one before', 'with jitter, at most', 'since the first'],
    ['1', '', '', '0:00:00'],
    ...rows,
  ]
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(table[0]!), line(widths.map(width => '-'.repeat(width))), ...table.slice(1).map(line)].join('\n')
}

function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
