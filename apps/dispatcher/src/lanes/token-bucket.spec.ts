import fc from 'fast-check'
import { longestBlockMs, TokenBucket, type Token } from './token-bucket.js'

const blockMs = 1_000

/** A lane's row, its owners one after the other, and the time that passes for all of them; milliseconds throughout. */
class World {
  now = 0
  readonly spentAt: number[] = []
  readonly #rate: number
  /** By the database's clock, which may be set. */
  #pacedAt: number | null = null
  #databaseAhead = 1_700_000_000_000
  #ownerAhead = 0
  #bucket: TokenBucket

  constructor(rate: number) {
    this.#rate = rate
    this.#bucket = this.owner()
  }

  setDatabaseClock(by: number): void {
    this.#databaseAhead += by
  }

  /** Somebody else has it from now on. `latency` is what each statement takes there, and back again. */
  handOver(latency = 0): void {
    const spentForMs = this.#bucket.giveBack()
    this.now += latency
    this.#pacedAt = this.database() + spentForMs
    this.succeed(latency)
  }

  die(latency = 0): void {
    this.succeed(latency)
  }

  /** Spends what may be spent. `fate` tells whether the owner dies before or after what it writes down is stored. */
  spend(latency: number, fate: 'lives' | 'dies before' | 'dies after' = 'lives'): Token['kind'] {
    const token = this.#bucket.take()
    if (token.kind === 'unwritten') this.write(latency, fate)
    if (token.kind === 'taken') this.spentAt.push(this.now)
    if (token.kind === 'wait') this.now += Math.max(1, token.ms)
    return token.kind
  }

  /** The most that was spent in any window, beyond what the rate earns in its length. */
  get burst(): number {
    let most = 0
    for (let first = 0; first < this.spentAt.length; first++) {
      for (let last = first; last < this.spentAt.length; last++) {
        const length = this.spentAt[last]! - this.spentAt[first]!
        most = Math.max(most, last - first + 1 - (length / 1_000) * this.#rate)
      }
    }
    return most
  }

  private write(latency: number, fate: 'lives' | 'dies before' | 'dies after'): void {
    const until = this.clock() + blockMs
    this.now += latency
    if (fate === 'dies before') return this.die(latency)
    this.#pacedAt = this.database() + blockMs
    this.now += latency
    if (fate === 'dies after') return this.die(latency)
    this.#bucket.written(until)
  }

  private readonly clock = () => this.now + this.#ownerAhead

  private succeed(latency: number): void {
    this.now += latency
    const spentForMs = this.#pacedAt === null ? null : this.#pacedAt - this.database()
    this.now += latency
    this.#ownerAhead = (this.#ownerAhead + 7_919_777) % 1e9
    this.#bucket = this.owner(spentForMs)
  }

  private owner(spentForMs: number | null = null): TokenBucket {
    return new TokenBucket(this.#rate, spentForMs, this.clock)
  }

  private database(): number {
    return this.now + this.#databaseAhead
  }
}

const rates = fc.constantFrom(0.01, 0.4, 1, 3.7, 10, 80)
const latencies = fc.integer({ min: 0, max: 60 })
const step = fc.record({
  latency: latencies,
  pause: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3_000) }),
  what: fc.oneof(
    { weight: 30, arbitrary: fc.constant('lives' as const) },
    { weight: 1, arbitrary: fc.constantFrom('dies before', 'dies after', 'dies', 'hands over') },
  ),
})

test('whoever dies or hands it over, and when, no window holds more than its length earns and a second’s worth', () => {
  fc.assert(
    fc.property(rates, fc.array(step, { minLength: 100, maxLength: 400 }), (rate, steps) => {
      const world = new World(rate)
      for (const { latency, pause, what } of steps) {
        world.now += pause
        if (what === 'hands over') world.handOver(latency)
        else if (what === 'dies') world.die(latency)
        else world.spend(latency, what)
      }
      expect(world.burst).toBeLessThanOrEqual(Math.max(1, rate) + 1e-3)
    }),
    { numRuns: 200 },
  )
})

test('handing it over costs nothing, and a death a block’s time and what was saved up', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 3.7, 10, 80), fc.integer({ min: 0, max: 10 }), (rate, deaths) => {
      const world = new World(rate)
      const lengthMs = 60_000
      for (let nth = 0; nth <= deaths; nth++) {
        if (nth > 0) world.die(5)
        const until = ((nth + 1) * lengthMs) / (deaths + 1)
        for (let handedAt = world.now; world.now < until;) {
          world.spend(5)
          if (world.now - handedAt < 400) continue
          world.handOver(5)
          handedAt = world.now
        }
      }
      const lost = deaths * ((blockMs / 1_000) * rate + Math.max(1, rate))
      expect(world.spentAt.length).toBeGreaterThan((lengthMs / 1_000) * rate * 0.97 - lost - 1)
    }),
    { numRuns: 30 },
  )
})

test('one an hour is one an hour, however often the lane changes hands meanwhile', () => {
  const world = new World(1 / 3_600)
  for (const hour of [0, 1, 2, 3]) {
    while (world.spentAt.length === hour) {
      const at = world.now
      if (world.spend(5) !== 'wait') continue
      // Nobody waits for as long as it says: the lane has a new owner every quarter of an hour.
      world.now = Math.min(world.now, at + 900_000)
      if (hour % 2 === 0) world.handOver(5)
      else world.die(5)
    }
  }
  const gaps = world.spentAt.slice(1).map((at, index) => at - world.spentAt[index]!)
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(3_600_000)
  for (const gap of gaps) expect(gap).toBeLessThan(3_600_000 + 5_000)
})

test('the database’s clock being set changes nothing for an owner, and for a successor a burst or five seconds', () => {
  const hour = 3_600_000
  for (const by of [hour, -hour]) {
    const world = new World(10)
    const spendFor = (ms: number) => {
      const [until, before] = [world.now + ms, world.spentAt.length]
      while (world.now < until) world.spend(5)
      return world.spentAt.length - before
    }
    spendFor(5_000)
    world.setDatabaseClock(by)
    const kept = spendFor(5_000)
    expect(kept).toBeGreaterThan(45)
    expect(kept).toBeLessThan(55)
    world.die(5)
    world.setDatabaseClock(by)
    world.die(5)
    expect(spendFor(longestBlockMs + 1_000)).toBeGreaterThan(5)
    expect(world.burst).toBeLessThanOrEqual(20.1)
  }
})

test('another limit counts at once, from what is spent already', () => {
  let now = 0
  const bucket = new TokenBucket(1 / 3_600, null, () => now)
  bucket.written(Infinity)
  expect(bucket.take()).toEqual({ kind: 'taken' })
  expect(bucket.take()).toEqual({ kind: 'wait', ms: 3_600_000 })
  bucket.ratePerSecond = 10
  expect(bucket.take()).toEqual({ kind: 'wait', ms: 100 })
  now += 100
  expect(bucket.take()).toEqual({ kind: 'taken' })
  expect(bucket.take().kind).toBe('wait')
})
