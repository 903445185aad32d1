import { jitterShare, retryDelaysSeconds } from '../../libs/deliveries/src/outcomes/retry-schedule.js'
import { table } from './table.js'

/** The table of the retry schedule in docs/delivery.md. */
export function scheduleTable(): string {
  let passed = 0
  const rows = retryDelaysSeconds.map((seconds, index) => {
    passed += seconds
    const longest = Math.round(seconds * (1 + jitterShare))
    return [`${index + 2}`, `${seconds} s`, `${longest} s`, clock(passed)]
  })
  return table([
    ['attempt', 'after the one before', 'with jitter, at most', 'since the first'],
    ['1', '', '', '0:00:00'],
    ...rows,
  ])
}

function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
