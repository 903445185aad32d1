import { createRequire } from 'node:module'

// Jest's own runner, as Jest finds it.
const require = createRequire(createRequire(import.meta.url).resolve('jest'))
const { default: TestRunner } = require('jest-runner')

/** Runs spec files one after the other, and beside no others: Jest lets its runners take turns. */
export default class OneAtATime extends TestRunner {
  isSerial = true
}
