import { startReceiver, type Receiver } from './receiver.js'

/** Callback receivers that live as long as a test does. */
export interface Receivers {
  /** One that takes everything, new for each test. */
  readonly receiver: Receiver
  another(...reply: Parameters<typeof startReceiver>): Promise<Receiver>
}

/** Starts a receiver before each test, and ends it, and others that the test had started, after it. */
export function receivers(): Receivers {
  let started: Receiver[] = []
  const another: Receivers['another'] = async (...reply) => {
    const receiver = await startReceiver(...reply)
    started.push(receiver)
    return receiver
  }

  beforeEach(async () => {
    await another()
  })
  afterEach(async () => {
    await Promise.all(started.map(receiver => receiver.close()))
    started = []
  })

  return {
    another,
    get receiver() {
      const [first] = started
      if (!first) throw new Error('receivers are there in tests and their hooks only')
      return first
    },
  }
}
