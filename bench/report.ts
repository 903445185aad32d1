import type { Measurement } from './measure.js'
import type { Engine } from './subject.js'

/** One scenario on one engine: a measurement for each round. */
export interface Row {
  name: string
  engine: Engine
  bare: Measurement[]
  tributary: Measurement[]
}

/** The comparison as a Markdown table, of each figure's median over the rounds. */
export function reportOf(rows: readonly Row[], machine: string): string {
  const lines = rows.map(row => `| ${cells(row).join(' | ')} |`)
  return [
    `${machine}; medians of ${rows[0]?.bare.length ?? 0} rounds; "bare" is the pipeline in bench/bare.`,
    '',
    '| log | load | Tributary /s | bare /s | ratio | p50 / p99 ms | bare p50 / p99 | CPU s per 1,000 | bare |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** What must never be: an accepted notification that didn't arrive, or a request that was refused. */
export function lossesOf(rows: readonly Row[]): string[] {
  return rows.flatMap(({ name, engine, tributary }) =>
    tributary.flatMap(({ missing, refused }) => [
      ...(missing > 0 ? [`${engine}, ${name}: ${missing} accepted notifications did not arrive`] : []),
      ...(refused > 0 ? [`${engine}, ${name}: ${refused} requests were not answered 200`] : []),
    ]),
  )
}

function cells({ engine, name, bare, tributary }: Row): string[] {
  const rate = (one: Measurement) => one.deliveredPerSecond || one.acceptedPerSecond
  const [ours, theirs] = [median(tributary.map(rate)), median(bare.map(rate))]
  const latency = (all: Measurement[]) =>
    all.some(({ p50 }) => p50 > 0)
      ? `${median(all.map(({ p50 }) => p50)).toFixed(1)} / ${median(all.map(({ p99 }) => p99)).toFixed(1)}`
      : '–'
  return [
    ...[engine, name, Math.round(ours).toLocaleString('en'), Math.round(theirs).toLocaleString('en')],
    ...[`${Math.round((100 * ours) / theirs)} %`, latency(tributary), latency(bare), cpu(tributary), cpu(bare)],
  ]
}

/** The sum, and what it is made of: `0.42 (gateway 0.12, dispatcher 0.14, postgres 0.16)`. */
function cpu(all: readonly Measurement[]): string {
  const parts = Object.keys(all[0]?.cpu ?? {})
  if (parts.length === 0) return '–'
  const of = (part: string) => median(all.map(one => one.cpu?.[part] ?? 0))
  const sum = median(all.map(one => Object.values(one.cpu ?? {}).reduce((total, seconds) => total + seconds, 0)))
  return `${sum.toFixed(2)} (${parts.map(part => `${part} ${of(part).toFixed(2)}`).join(', ')})`
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
