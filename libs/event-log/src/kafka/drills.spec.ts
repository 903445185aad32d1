import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogDrills } from '../conformance/event-log-drills.js'
import { openKafka } from '../conformance/kafka-under-test.js'
import { sleep } from '../conformance/reading.js'
import { isRunning } from '../testing/processes.js'
import { runKafkaScript, whyNoKafka } from '../testing/test-kafka.js'

const why = process.env['KAFKA_BROKERS'] ? null : whyNoKafka()

if (why) describe.skip(`the event log's server (Kafka: ${why})`, () => test('its drills', () => undefined))
else {
  const server = async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tributary-drill-'))
    const env: Record<string, string | undefined> = { KAFKA_DIR: dir, KAFKA_BROKERS: undefined }
    const start = async (): Promise<string> => {
      const { stdout, stderr } = await runKafkaScript(['start', '--while', String(process.pid)], env)
      const brokers = /^KAFKA_BROKERS=(.+)$/m.exec(stdout)?.[1]
      if (!brokers) throw new Error(stderr)
      return brokers
    }
    const brokers = await start()
    env['KAFKA_PORT'] = brokers.split(':')[1]
    const state = (): { java: number; supervisor: number } =>
      JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')) as { java: number; supervisor: number }
    return {
      open: () => openKafka([brokers]),
      kill: async () => {
        const { java, supervisor } = state()
        process.kill(java, 'SIGKILL')
        while (isRunning(supervisor)) await sleep(20)
      },
      freeze: () => void process.kill(state().java, 'SIGSTOP'),
      thaw: () => void process.kill(state().java, 'SIGCONT'),
      start: async () => void (await start()),
      close: async () => {
        await runKafkaScript(['stop'], env)
        rmSync(dir, { recursive: true, force: true })
      },
    }
  }
  eventLogDrills('Kafka', server)
}
