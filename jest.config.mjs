// swc turns TypeScript and the ESM-only dependencies into CommonJS for the tests; the build itself stays ESM.
const esmOnly = [
  '@nestjs',
  '@fastify/static',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'cookie',
  'content-disposition',
  'mime',
]

const specs = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testEnvironmentOptions: { customExportConditions: ['jest', 'node', 'node-addons'] },
  setupFilesAfterEnv: ['<rootDir>/test/support/once-more.ts'],
  testRegex: '\\.spec\\.ts$',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.tributary'],
  moduleNameMapper: {
    '^#test$': '<rootDir>/test/support/index.ts',
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
}

// Drills kill and freeze processes, and load the machine: beside them a spec that waits for something would wait in vain.
export default {
  projects: [
    { ...specs, displayName: 'specs', testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/drills/'] },
    {
      ...specs,
      displayName: 'drills',
      roots: ['<rootDir>/test/drills'],
      runner: '<rootDir>/test/drills/support/one-at-a-time.mjs',
    },
  ],
  maxWorkers: 2,
  // Of the whole run: a project's own isn't heeded.
  testTimeout: 30_000,
}
