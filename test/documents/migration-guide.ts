import { replacedCalls, type Verdict } from './replaced-calls.js'
import { table } from './table.js'

const words: Record<Verdict, string> = { same: 'the same', differs: 'differs', better: 'better', absent: 'not had' }

/** The tables of docs/migrating-from-cloud-elements.md: every documented call, and what became of it. */
export function replacedCallsTables(): string {
  const sections = Object.entries(replacedCalls).map(([subject, entries]) => {
    const rows = entries.flatMap(({ calls, verdict, note }) => calls.map(call => [`\`${call}\``, words[verdict], note]))
    return `### ${subject}\n\n${table([['call', 'here', 'note'], ...rows])}`
  })
  return sections.join('\n\n')
}

/** What the tables say that the API's document doesn't bear out, and what they leave out: each a sentence. */
export function untrueOf(paths: Readonly<Record<string, object>>): string[] {
  const served = new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace('/elements/api-v2', '')}`),
    ),
  )
  const entries = Object.values(replacedCalls).flat()
  const absent = entries.filter(({ verdict }) => verdict === 'absent').flatMap(({ calls }) => calls)
  // The vendors' door is the gateway's, whose requests are the vendors' to describe.
  const had = entries.filter(({ verdict }) => verdict !== 'absent').flatMap(({ calls }) => calls)
  const named = new Set([...had, ...absent])
  return [
    ...had.filter(call => !served.has(call) && !call.includes(' /events/')).map(call => `${call} is not served`),
    ...absent.filter(call => served.has(call)).map(call => `${call} is served after all`),
    ...[...served].filter(call => !named.has(call) && !call.includes(' /api/')).map(call => `${call} is left out`),
  ]
}
