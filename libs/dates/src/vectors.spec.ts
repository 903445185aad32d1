import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileDatePattern, renderTemplate, type DatePattern } from './index.js'

interface Vector {
  pattern: string
  zone: string
  text: string
  epochMs: number | null
  end: number
  formatOf?: number
}

const compiled = new Map<string, DatePattern>()

function patternOf({ pattern, zone }: Vector): DatePattern {
  const key = `${zone} ${pattern}`
  const known = compiled.get(key) ?? compileDatePattern(pattern, zone)
  compiled.set(key, known)
  return known
}

function vectors(file: string): Vector[] {
  const lines = readFileSync(join(dirname(expect.getState().testPath ?? ''), 'testdata', file), 'utf8')
    .trim()
    .split('\n')
  return lines.map(line => JSON.parse(line) as Vector)
}

// Two-digit years were read by a Java that ran on this day.
beforeAll(() => {
  jest.useFakeTimers({ now: Date.UTC(2026, 10, 21) })
})

afterAll(() => {
  jest.useRealTimers()
})

describe.each(['dates.jsonl', 'hard-dates.jsonl'])('what Java 17 did, in %s', file => {
  test('every text is read as Java read it', () => {
    const wrong = vectors(file).flatMap(vector => {
      const found = patternOf(vector).parse(vector.text)
      const wanted = vector.epochMs === null ? null : { epochMs: vector.epochMs, end: vector.end }
      return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [{ vector, found }]
    })
    expect(wrong).toEqual([])
  })

  test('every instant is written as Java wrote it', () => {
    const wrong = vectors(file).flatMap(vector => {
      if (vector.formatOf === undefined) return []
      const found = patternOf(vector).format(vector.formatOf)
      return found === vector.text ? [] : [{ vector, found }]
    })
    expect(wrong).toEqual([])
  })

  test('a poll URL’s variables write every instant as Java wrote it', () => {
    const wrong = vectors(file).flatMap(({ pattern, zone, text, formatOf }) => {
      if (formatOf === undefined) return []
      const url = `/x?a='\${dateTimeZone:${zone}:${pattern}}'&b=\${nowTimeZone:${zone}:${pattern}}`
      const found = renderTemplate(url, { since: formatOf, now: formatOf })
      return found === `/x?a='${text}'&b=${text}` ? [] : [{ url, text, found }]
    })
    expect(wrong).toEqual([])
  })
})
