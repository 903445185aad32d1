import { Field } from './calendar-fields.js'

/** How the text of a letter is read and written. */
export type LetterKind = 'number' | 'year' | 'month' | 'name' | 'hour-from-1' | 'iso-day' | 'zone' | 'iso-zone'

export interface PatternLetter {
  kind: LetterKind
  /** What it sets; of zones, the offset. */
  field: Field
}

/** The letters of `java.text.SimpleDateFormat`. */
export const patternLetters: Readonly<Record<string, PatternLetter>> = {
  G: { kind: 'name', field: Field.era },
  y: { kind: 'year', field: Field.year },
  Y: { kind: 'year', field: Field.weekYear },
  M: { kind: 'month', field: Field.month },
  L: { kind: 'month', field: Field.month },
  w: { kind: 'number', field: Field.weekOfYear },
  W: { kind: 'number', field: Field.weekOfMonth },
  D: { kind: 'number', field: Field.dayOfYear },
  d: { kind: 'number', field: Field.dayOfMonth },
  F: { kind: 'number', field: Field.dayOfWeekInMonth },
  E: { kind: 'name', field: Field.dayOfWeek },
  u: { kind: 'iso-day', field: Field.dayOfWeek },
  a: { kind: 'name', field: Field.amPm },
  H: { kind: 'number', field: Field.hourOfDay },
  k: { kind: 'hour-from-1', field: Field.hourOfDay },
  K: { kind: 'number', field: Field.hour },
  h: { kind: 'hour-from-1', field: Field.hour },
  m: { kind: 'number', field: Field.minute },
  s: { kind: 'number', field: Field.second },
  S: { kind: 'number', field: Field.millisecond },
  z: { kind: 'zone', field: Field.zoneOffset },
  Z: { kind: 'zone', field: Field.zoneOffset },
  X: { kind: 'iso-zone', field: Field.zoneOffset },
}
