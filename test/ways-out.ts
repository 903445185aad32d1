import { outside } from './layering.js'

const modules = /^(?:node:)?(?:http|https|http2|tls|net|dgram)$|^undici$/
/** Of those modules: what opens no connection. */
const harmless = new Set(['createServer', 'isIP', 'isIPv4', 'isIPv6', 'STATUS_CODES'])

/** The guard itself, the stand-ins for the outside, and the demo, which uses this system as its users do. */
const mayGoOut = new Set(['libs/egress', 'apps/all-in-one', ...outside.map(app => `apps/${app}`)])

/** What in a source file asks others for something past libs/egress, by HTTP or a bare connection. Types don't. */
export function waysOut(source: string, home: string): string[] {
  if (mayGoOut.has(home)) return []
  return [...importedWays(source), ...globalWays(source)].map(way => `goes out by ${way}: use #egress`)
}

function importedWays(source: string): string[] {
  const statements = source.matchAll(/(?:^|\n)\s*(?:import|export)\s+(?!type\s)([^'"`;]*?)\s*from\s*['"]([^'"]+)['"]/g)
  const bare = source.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g)
  return [
    ...[...statements].flatMap(([, names = '', from = '']) =>
      modules.test(from) ? dangerous(names).map(name => `${name} of ${from}`) : [],
    ),
    ...[...bare].map(([, called, plain]) => (called ?? plain)!).filter(from => modules.test(from)),
  ]
}

function dangerous(names: string): string[] {
  const braced = /^\{([^}]*)\}$/.exec(names.trim())
  // The module as a whole.
  if (!braced) return [names.trim()]
  const single = (braced[1] ?? '').split(',').map(name => name.trim())
  return single.filter(name => name !== '' && !name.startsWith('type ') && !harmless.has(name.split(/\s/)[0]!))
}

function globalWays(source: string): string[] {
  // A function or method that a file calls so itself is none.
  const isOwn = /\bfunction\s+fetch\b|import\s*\{[^}]*\bfetch\b[^}]*\}\s*from\s*['"]\./.test(source)
  const calls = isOwn
    ? []
    : [...source.matchAll(/(?<![\w.#])(?<!\b(?:private|async|function)\s+)(?:globalThis\.)?fetch\(/g)]
  const made = [...source.matchAll(/\bnew\s+(WebSocket|EventSource|XMLHttpRequest)\b/g)].map(([, name]) => name!)
  return [...(calls.length > 0 ? ['fetch'] : []), ...made]
}
