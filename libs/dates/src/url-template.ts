import { compileDatePattern } from './date-pattern.js'
import { DateSyntaxError } from './date-syntax-error.js'
import { variableSpans } from './variable-spans.js'

/** The two instants that a template can ask for, in epoch milliseconds. */
export interface TemplateInstants {
  /** From when on the poll asks for changes: the last poll, minus its delay. */
  since: number
  /** When this poll runs. */
  now: number
}

/** What `${date}`, `${gmtDate}` and the zoned variables write when they name no format. */
const bareGmtFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'"
const bareZonedFormat = "yyyy-MM-dd'T'HH:mm:ssXXX"

/**
 * A poll URL with its variables filled in, as Cloud Elements defines them:
 * - `${gmtDate:FORMAT}`, `${date:FORMAT}`: `since` in GMT; without a format as `2018-07-31T19:39:46Z`;
 * - `${dateTimeZone:ZONE:FORMAT}`: `since` in a zone: `PST`, `America/Denver`, `GMT+05:30` or just `-8:00`; without a
 *   format as `2018-07-31T12:39:46-07:00`; `${nowTimeZone:ZONE:FORMAT}`: `now` in one;
 * - `${epoch}`, `${epoch:ms}`, `${epoch:0}`, `${milliseconds}`: `since` in milliseconds; `${epoch:s}` in whole seconds,
 *   `${epoch:us}` in microseconds;
 * - `${FORMAT}`: a format without a variable's name is `since` in GMT. It needs a year (`yy`), so that a mistyped
 *   variable isn't taken for one.
 *
 * A format is what `compileDatePattern` takes: with quotes, colons, literal text, and braces inside quotes. Names are
 * read in any case. Values go in as they are, unescaped, and everything outside `${…}` stays as it is.
 * @throws DateSyntaxError that names the unknown variable, unit, zone or letter, or the quote or brace that isn't closed
 */
export function renderTemplate(url: string, instants: TemplateInstants): string {
  let rendered = ''
  let end = 0
  for (const span of variableSpans(url)) {
    rendered += url.slice(end, span.start) + render(span.content, instants)
    end = span.end
  }
  return rendered + url.slice(end)
}

function render(content: string, { since, now }: TemplateInstants): string {
  const colon = content.indexOf(':')
  const name = colon < 0 ? content : content.slice(0, colon)
  const rest = colon < 0 ? '' : content.slice(colon + 1)
  switch (name.trim().toLowerCase()) {
    case 'gmtdate':
    case 'date':
      return compileDatePattern(rest || bareGmtFormat, 'GMT').format(since)
    case 'datetimezone':
      return inZone(content, rest, since)
    case 'nowtimezone':
      return inZone(content, rest, now)
    case 'epoch':
      return epoch(content, rest, Math.floor(since))
    case 'milliseconds':
      return String(Math.floor(since))
    default:
      return bareFormat(content, name, since)
  }
}

// A zone can hold a colon itself, as the format can.
const zoneAndFormat = /^((?:GMT)?[+-]\d{1,2}(?::\d{2})?|[^:]*)(?::([^]*))?$/

function inZone(content: string, rest: string, epochMs: number): string {
  const [, zone = '', format] = zoneAndFormat.exec(rest) ?? []
  if (zone === '') {
    throw new DateSyntaxError(
      'unknown-zone',
      '',
      `\${${content}} names no time zone; write \${dateTimeZone:America/Denver:yyyy-MM-dd}`,
    )
  }
  const id = /^[+-]/.test(zone) ? `GMT${zone}` : zone
  return compileDatePattern(format || bareZonedFormat, id).format(epochMs)
}

function epoch(content: string, unit: string, epochMs: number): string {
  switch (unit) {
    case '':
    case 'ms':
    case '0': // in use, documented nowhere
      return String(epochMs)
    case 's':
      return String(Math.floor(epochMs / 1000))
    case 'us':
      // Written out: as a number, microseconds can be too large to be exact.
      return epochMs === 0 ? '0' : `${epochMs}000`
    default:
      throw new DateSyntaxError(
        'unknown-unit',
        unit,
        `\${${content}}: the unit "${unit}" is none of s, ms and us; without one, \${epoch} is in milliseconds`,
      )
  }
}

function bareFormat(content: string, name: string, epochMs: number): string {
  if (!/yy/i.test(content)) throw unknownVariable(content, name)
  try {
    return compileDatePattern(content, 'GMT').format(epochMs)
  } catch (error) {
    if (error instanceof DateSyntaxError && /^[a-z]+$/i.test(name)) throw unknownVariable(content, name)
    throw error
  }
}

function unknownVariable(content: string, name: string): DateSyntaxError {
  return new DateSyntaxError(
    'unknown-variable',
    name,
    `unknown variable "${name}" in \${${content}}; known are gmtDate, date, dateTimeZone, nowTimeZone, epoch and milliseconds`,
  )
}
