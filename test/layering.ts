/** What each part of the house may import, and why. `layering.spec.ts` holds the tree to it. */
export interface Rule {
  /** Libs, by their import name. */
  libs: readonly string[]
  /** Packages and Node built-ins; a scope (`@nestjs`) stands for all its packages. */
  packages: readonly string[]
  why: string
}

const nest = ['@nestjs', 'reflect-metadata', 'rxjs']

export const libs: Record<string, Rule> = {
  dates: { libs: [], packages: [], why: 'pure: text in, instants out' },
  signing: { libs: [], packages: ['node:crypto'], why: 'pure: bytes in, signatures out' },
  events: { libs: [], packages: ['node:crypto'], why: 'pure: what an event is' },
  connectors: {
    libs: ['dates', 'signing', 'events'],
    packages: ['node:crypto', 'node:fs', 'node:path', 'yaml', 'ajv'],
    why: 'pure but for reading definition files; HTTP comes in as a function',
  },
  platform: {
    libs: [],
    packages: ['node:*', ...nest, 'pino', 'prom-client', 'ipaddr.js', 'fastify'],
    why: 'what every process stands on; knows no other lib',
  },
  vault: { libs: ['platform'], packages: ['node:*', ...nest], why: 'encrypts; its keys come from the settings' },
  egress: { libs: ['platform'], packages: ['node:*', ...nest, 'undici', 'ipaddr.js'], why: 'the only HTTP client' },
  database: {
    libs: ['platform'],
    packages: ['node:*', ...nest, 'typeorm', 'pg'],
    why: 'the only place that opens PostgreSQL',
  },
  'event-log': {
    libs: ['platform', 'database'],
    packages: ['node:*', ...nest, 'kafkajs', 'pg', 'prom-client'],
    why: 'the only place that knows kafkajs',
  },
  instances: {
    libs: ['platform', 'database', 'vault', 'egress', 'connectors', 'event-log', 'dates', 'events'],
    packages: ['node:*', ...nest, 'typeorm', 'pg'],
    why: 'accounts, instances and their sessions at the vendors',
  },
  deliveries: {
    libs: ['platform', 'database', 'events'],
    packages: ['node:*', ...nest, 'typeorm', 'pg'],
    why: 'events and deliveries as stored',
  },
}

/** Apps may use every lib; these packages belong to one lib each and are closed to apps. */
export const closedToApps: Record<string, string> = {
  kafkajs: 'event-log',
  undici: 'egress',
}

/** Stand-ins for the outside world, which no guard belongs before. */
export const outside = ['simulator']

/** The only app that composes others. */
export const composer = 'all-in-one'
