/** How the iContact stand-in behaves where the real one varies or is undocumented. */
export interface IContactSettings {
  /** Requests per hour before 503s begin; null for no limit. */
  hourlyLimit: number | null
  /** Rows a page holds at most, whatever `limit` asks for. */
  maxLimit: number
  /** How `messages.createDate` is written: with an offset, as its documented default poller expects, or without. */
  messageDates: 'offset' | 'compact'
  /** Whether a filter's date is compared as the instant that it is, or as a clock in New York would show it. */
  dateComparison: 'instant' | 'wall-clock'
}

export const ICONTACT_DEFAULTS: Readonly<IContactSettings> = {
  hourlyLimit: null,
  maxLimit: 500,
  messageDates: 'offset',
  dateComparison: 'instant',
}
