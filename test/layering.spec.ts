import { mkdtempSync, readFileSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve, dirname } from 'node:path'
import { closedToApps, composer, libs, outside } from './layering.js'
import { waysOut } from './ways-out.js'

const root = resolve(__dirname, '..')

test('every import goes the way the house is built', () => {
  expect(violations(root)).toEqual([])
})

test('no source file is longer than 400 lines', () => {
  const long = sources(root, true).filter(file => readFileSync(file, 'utf8').split('\n').length > 401)
  expect(long.map(file => relative(root, file))).toEqual([])
})

test('an index file only re-exports', () => {
  const indexes = sources(root, true).filter(file => file.endsWith('/src/index.ts'))
  const bad = indexes.filter(file => /^(?!export |\s|\}|\/\/|\/?\*|$)/m.test(readFileSync(file, 'utf8')))
  expect(bad.map(file => relative(root, file))).toEqual([])
})

describe('a wrong import is found', () => {
  test.each([
    ['libs/dates/src/x.ts', `import { z } from '#events'`, 'libs/dates may not import #events'],
    ['libs/events/src/x.ts', `import fs from 'node:fs'`, 'libs/events may not import node:fs'],
    ['libs/deliveries/src/x.ts', `import { Kafka } from 'kafkajs'`, 'libs/deliveries may not import kafkajs'],
    ['libs/vault/src/x.ts', `export * from '../../egress/src/index.js'`, 'libs/vault reaches into libs/egress'],
    [
      'apps/poller/src/x.ts',
      `import { D } from '../../dispatcher/src/d.js'`,
      'apps/poller reaches into apps/dispatcher',
    ],
    ['apps/poller/src/x.ts', `const k = await import('kafkajs')`, 'apps/poller may not import kafkajs: use #event-log'],
    ['libs/platform/src/x.ts', `import '../../../apps/poller/src/p.js'`, 'libs/platform reaches into apps/poller'],
    ['apps/poller/src/x.ts', `import { x } from '#vault/keys'`, 'apps/poller imports the inside of a lib: #vault/keys'],
    ['apps/poller/src/x.ts', `const answer = await fetch(url)`, 'apps/poller goes out by fetch: use #egress'],
    ['libs/instances/src/x.ts', `globalThis.fetch(url)`, 'libs/instances goes out by fetch: use #egress'],
    [
      'libs/instances/src/x.ts',
      `import { createServer, request } from 'node:https'`,
      'libs/instances goes out by request of node:https: use #egress',
    ],
    ['apps/dispatcher/src/x.ts', `import net from 'net'`, 'apps/dispatcher goes out by net of net: use #egress'],
    ['apps/dispatcher/src/x.ts', `await import('node:tls')`, 'apps/dispatcher goes out by node:tls: use #egress'],
    ['apps/poller/src/x.ts', `new WebSocket(url)`, 'apps/poller goes out by WebSocket: use #egress'],
  ])('%s: %s', (file, source, expected) => {
    const tree = mkdtempSync(join(tmpdir(), 'layering-'))
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), source)
    expect(violations(tree)).toEqual([`${file}: ${expected}`])
  })

  test('what serves, and what only bears such a name, goes nowhere', () => {
    const harmless = [
      `import { createServer, isIP, type Socket } from 'node:net'`,
      `import type { Agent } from 'node:https'`,
      `import { fetch } from './fetch.js'\nfetch(1)`,
      `class X { private async fetch() {} y() { return this.fetch() } }`,
    ]
    expect(harmless.flatMap(source => waysOut(source, 'apps/poller'))).toEqual([])
  })

  test('the composer may import other apps', () => {
    const tree = mkdtempSync(join(tmpdir(), 'layering-'))
    mkdirSync(join(tree, 'apps/all-in-one/src'), { recursive: true })
    writeFileSync(join(tree, 'apps/all-in-one/src/x.ts'), `import { P } from '../../poller/src/poller.module.js'`)
    expect(violations(tree)).toEqual([])
  })
})

function violations(tree: string): string[] {
  return sources(tree, false).flatMap(file => {
    const where = relative(tree, file)
    const home = where.split('/').slice(0, 2).join('/')
    const imports = importsOf(file).flatMap(name => faultOf(tree, file, home, name) ?? [])
    const faults = [...imports, ...waysOut(readFileSync(file, 'utf8'), home)]
    return faults.map(fault => `${where}: ${home} ${fault}`)
  })
}

function faultOf(tree: string, file: string, home: string, name: string): string | null {
  const [kind, part] = home.split('/') as [string, string]
  if (name.startsWith('.')) {
    const target = relative(tree, resolve(dirname(file), name))
      .split('/')
      .slice(0, 2)
      .join('/')
    const composes = part === composer && target.startsWith('apps/')
    return target === home || composes ? null : `reaches into ${target}`
  }
  if (name.startsWith('#') && name.includes('/')) return `imports the inside of a lib: ${name}`
  if (kind === 'apps') return appFault(part, name)
  const rule = libs[part]
  if (!rule) return 'is not in the list of test/layering.ts'
  if (name.startsWith('#')) return rule.libs.includes(name.slice(1)) ? null : `may not import ${name}`
  return rule.packages.some(allowed => covers(allowed, name)) ? null : `may not import ${name}`
}

function appFault(app: string, name: string): string | null {
  const owner = closedToApps[name]
  return owner && !outside.includes(app) ? `may not import ${name}: use #${owner}` : null
}

function covers(allowed: string, name: string): boolean {
  return (
    name === allowed ||
    name.startsWith(`${allowed}/`) ||
    (allowed.endsWith('*') && name.startsWith(allowed.slice(0, -1)))
  )
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|\brequire\(\s*['"]([^'"]+)['"]\s*\)/g
  return [...source.matchAll(pattern)].map(match => (match[1] ?? match[2] ?? match[3])!)
}

function sources(tree: string, withSpecs: boolean): string[] {
  return ['apps', 'libs', ...(withSpecs ? ['test', 'bench'] : [])].flatMap(folder =>
    walk(join(tree, folder), withSpecs),
  )
}

function walk(folder: string, withSpecs: boolean): string[] {
  return entries(folder).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      const skipped =
        ['node_modules', 'dist'].includes(entry.name) ||
        (!withSpecs && ['testing', 'testdata', 'conformance'].includes(entry.name))
      return skipped ? [] : walk(path, withSpecs)
    }
    return entry.name.endsWith('.ts') && (withSpecs || !entry.name.endsWith('.spec.ts')) ? [path] : []
  })
}

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return [] // a tree needn't have every folder
  }
}
