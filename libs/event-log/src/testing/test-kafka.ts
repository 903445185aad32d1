import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** A broker for tests, or why there is none. */
export type TestKafka = { brokers: string[]; why: null } | { brokers: null; why: string }

/**
 * The brokers of KAFKA_BROKERS, or one that scripts/kafka starts and that ends with this test run.
 * @throws where there is none although KAFKA_REQUIRED=1 demands it
 */
export async function testKafka(): Promise<TestKafka> {
  const { code, stdout, stderr } = await runKafkaScript(['start', '--while', String(testRun())])
  const brokers = /^KAFKA_BROKERS=(.+)$/m.exec(stdout)?.[1]
  if (code === 0 && brokers) return { brokers: brokers.split(','), why: null }
  return { brokers: null, why: missing(stderr.trim() || `scripts/kafka ended with ${code}`) }
}

/**
 * Why there can be no Kafka here, or null: quickly, before any test is declared.
 * @throws where there is none although KAFKA_REQUIRED=1 demands it
 */
export function whyNoKafka(): string | null {
  const { status, stderr } = spawnSync(script(), ['check'], { encoding: 'utf8' })
  return status === 0 ? null : missing(stderr.trim())
}

/** Runs scripts/kafka, with further environment. */
export function runKafkaScript(
  args: string[],
  env: Record<string, string | undefined> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(script(), args, { env: { ...process.env, ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

/** Jest's own process, where this is one of its workers. */
function testRun(): number {
  return process.env['JEST_WORKER_ID'] && process.send ? process.ppid : process.pid
}

function missing(why: string): string {
  if (process.env['KAFKA_REQUIRED'] === '1') throw new Error(`KAFKA_REQUIRED=1, but there is no Kafka: ${why}`)
  return why
}

function script(): string {
  return join(process.cwd(), 'scripts', 'kafka')
}
