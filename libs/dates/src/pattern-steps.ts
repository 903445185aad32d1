import { DateSyntaxError } from './date-syntax-error.js'
import { patternLetters, type PatternLetter } from './pattern-letters.js'

/** A run of one letter in a pattern. */
export interface LetterStep extends PatternLetter {
  letter: string
  count: number
  /** Whether a number follows at once, so that this one must not take more digits than it has letters. */
  fixedWidth: boolean
}

/** One part of a pattern: text as it stands, or a letter. */
export type PatternStep = { kind: 'text'; text: string } | LetterStep

const letter = /[A-Za-z]/

/**
 * A pattern's parts. A quote at the very end that closes nothing is dropped: configurations in the wild have it.
 * @throws DateSyntaxError (`unknown-letter`, `unclosed-quote`)
 */
export function patternSteps(pattern: string): PatternStep[] {
  const steps: PatternStep[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at] as string
    if (character === "'") {
      const quoted = quotedText(pattern, at)
      if (quoted.text !== '') steps.push({ kind: 'text', text: quoted.text })
      at = quoted.end
    } else if (letter.test(character)) {
      let end = at + 1
      while (pattern[end] === character) end++
      steps.push(letterStep(pattern, character, end - at))
      at = end
    } else {
      steps.push({ kind: 'text', text: character })
      at++
    }
  }
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'text') step.fixedWidth = readsDigits(steps[i + 1])
  }
  return steps
}

function letterStep(pattern: string, character: string, count: number): LetterStep {
  const known = Object.hasOwn(patternLetters, character) ? patternLetters[character] : undefined
  // Three letters and more are the month's name.
  if (known)
    return {
      ...known,
      kind: known.kind === 'month' && count > 2 ? 'name' : known.kind,
      letter: character,
      count,
      fixedWidth: false,
    }
  throw new DateSyntaxError(
    'unknown-letter',
    character,
    `"${pattern}" has the letter ${character} outside quotes, which means nothing; write '${character}'`,
  )
}

/** The text of a quoted section that starts at `start`; `''` is a quote, inside and outside of one. */
function quotedText(pattern: string, start: number): { text: string; end: number } {
  if (pattern[start + 1] === "'") return { text: "'", end: start + 2 }
  let text = ''
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at] as string
    else if (pattern[at + 1] === "'") text += pattern[at++] as string
    else return { text, end: at + 1 }
  }
  if (start === pattern.length - 1) return { text: '', end: pattern.length }
  const rest = pattern.slice(start)
  throw new DateSyntaxError('unclosed-quote', rest, `"${pattern}" has a quote that nothing closes: ${rest}`)
}

function readsDigits(step: PatternStep | undefined): boolean {
  return (
    step !== undefined &&
    step.kind !== 'text' &&
    step.kind !== 'name' &&
    step.kind !== 'zone' &&
    step.kind !== 'iso-zone'
  )
}
