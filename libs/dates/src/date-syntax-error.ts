/** What is wrong with a date pattern, a zone or a URL template. */
export type DateSyntaxFault =
  'unknown-letter' | 'unclosed-quote' | 'unknown-zone' | 'unknown-variable' | 'unclosed-variable' | 'unknown-unit'

/** A date pattern, time zone or URL template that means nothing. Thrown when it is compiled, never when it is used. */
export class DateSyntaxError extends Error {
  override name = 'DateSyntaxError'

  constructor(
    readonly fault: DateSyntaxFault,
    /** The part at fault: the letter, the zone, the variable, … */
    readonly found: string,
    message: string,
  ) {
    super(message)
  }
}
