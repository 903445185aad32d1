/** The fields that text can set, numbered as in `java.util.Calendar`. */
export const Field = {
  era: 0,
  year: 1,
  month: 2,
  weekOfYear: 3,
  weekOfMonth: 4,
  dayOfMonth: 5,
  dayOfYear: 6,
  dayOfWeek: 7,
  dayOfWeekInMonth: 8,
  amPm: 9,
  hour: 10,
  hourOfDay: 11,
  minute: 12,
  second: 13,
  millisecond: 14,
  zoneOffset: 15,
  dstOffset: 16,
  weekYear: 17,
} as const

export type Field = (typeof Field)[keyof typeof Field]

const fieldCount = 18

/**
 * What has been read so far, and in which order: where fields contradict each other, the ones set last decide.
 * A field that was never set reads 0. Values are 32-bit, and wrap as Java's ints do.
 */
export class CalendarFields {
  private readonly values = new Int32Array(fieldCount)
  private readonly stamps = new Int32Array(fieldCount)
  private nextStamp = 1

  clear(): void {
    this.values.fill(0)
    this.stamps.fill(0)
    this.nextStamp = 1
  }

  copy(): CalendarFields {
    const copy = new CalendarFields()
    copy.values.set(this.values)
    copy.stamps.set(this.stamps)
    copy.nextStamp = this.nextStamp
    return copy
  }

  set(field: Field, value: number): void {
    this.values[field] = value
    this.stamps[field] = this.nextStamp++
  }

  unset(field: Field): void {
    this.values[field] = 0
    this.stamps[field] = 0
  }

  /** Changes a value without making it the field that was set last. */
  adjust(field: Field, by: number): void {
    this.values[field] = this.get(field) + by
  }

  get(field: Field): number {
    return this.values[field] as number
  }

  /** When the field was set, counted from 1; 0 if it never was. */
  stamp(field: Field): number {
    return this.stamps[field] as number
  }

  has(field: Field): boolean {
    return this.stamps[field] !== 0
  }
}
