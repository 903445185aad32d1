import type { Change } from '../change.js'
import type { Outcome } from '../outcome.js'
import { plan, type Checkpoint, type ResourceState } from '../progress.js'
import type { Settings } from '../records.js'
import { runResource } from '../run-resource.js'
import { settlementOf } from '../settle.js'
import type { Random } from './random.js'
import { SimulatedVendor, type VendorOptions } from './simulated-vendor.js'

export interface Faults {
  /** The process dies, before or after any effect. */
  crash: number
  /** The vendor fails, or wants a pause. */
  vendor: number
  /** The log refuses a publish. */
  log: number
}

export interface Published extends Change {
  at: number
}

/** A run that came to its end, with the time between its first request and its last answer. */
export interface CompleteRun {
  from: number
  to: number
}

class Crash extends Error {}

// Else a small page of a busy vendor might never be the last one.
const mostChanges = 300

/** One resource of one vendor, polled over and over in simulated time, while things change between any two effects. */
export class Simulation {
  now = 1_700_000_000_123
  readonly published: Published[] = []
  readonly runs: CompleteRun[] = []
  readonly watermarks: number[] = []
  readonly vendor: SimulatedVendor
  faults: Faults
  #state: ResourceState
  #checkpoint: Checkpoint | null = null
  readonly #hashes = new Map<string, string>()
  #failures = 0
  #quiet = false
  #changes = 0
  readonly since: number

  constructor(
    private readonly settings: Settings,
    options: VendorOptions,
    /** How likely something changes between two effects. */
    private readonly busy: number,
    faults: Faults,
    private readonly random: Random,
    private readonly listsDeletions = false,
  ) {
    this.vendor = new SimulatedVendor(options, random)
    this.faults = faults
    for (let objects = random.below(12); objects > 0; objects--) this.vendor.create(this.now - random.below(5_000_000))
    this.since = Math.floor(this.now / 1_000) * 1_000
    const empty = { watermark: this.since, held: null, seen: new Map() }
    this.#state = { since: this.since, changes: empty, deletions: empty, listed: false }
  }

  /** Nothing changes any more, and nothing fails. */
  rest(): void {
    this.#quiet = true
    this.faults = { crash: 0, vendor: 0, log: 0 }
  }

  pass(milliseconds: number): void {
    this.now += milliseconds
  }

  /** Polls once. False: it didn't come to its end. */
  async poll(): Promise<boolean> {
    this.#checkpoint ??= { start: this.now }
    const from = this.#checkpoint.position ? null : this.now
    try {
      const outcome = await this.run(this.#checkpoint)
      this.effect()
      this.settle(outcome)
      if (outcome.kind === 'done' && from !== null) this.runs.push({ from, to: this.now })
      return outcome.kind === 'done'
    } catch (error) {
      if (error instanceof Crash) return false
      throw error
    }
  }

  private async run(checkpoint: Checkpoint): Promise<Outcome> {
    const progress = plan({
      run: 'run',
      settings: this.settings,
      state: this.#state,
      checkpoint: json(checkpoint),
      hashes: new Map(this.#hashes),
      listsDeletions: this.listsDeletions,
      partial: false,
      now: this.now,
    })
    const { vendor } = this
    return runResource(
      progress,
      {
        pages: {
          changes: async (since, cursor) => this.asked(() => vendor.changes(this.now, since, cursor)),
          deletions: async () => this.asked(() => vendor.deletions(this.now)),
        },
        publisher: {
          publish: async changes => {
            this.effect()
            if (this.random.chance(this.faults.log)) throw new Error('the log is away')
            for (const change of changes) this.published.push({ ...change, at: this.now })
            this.effect()
          },
          pace: async () => {},
        },
        journal: {
          save: async (saved, _counts, hashes) => {
            this.effect()
            this.#checkpoint = json(saved)
            for (const [id, hash] of hashes) this.#hashes.set(id, hash)
            this.effect()
            return true
          },
        },
        turn: { now: () => this.now, state: () => (this.random.chance(this.faults.vendor / 2) ? 'over' : 'on') },
      },
      { maxPages: 1_000, wantsPast: false },
    )
  }

  private settle(outcome: Outcome): void {
    const { now } = this
    const context = { now, beganAt: now, intervalMs: 60_000, lateMs: 0, failures: this.#failures, random: () => 0 }
    const settlement = settlementOf(outcome, context)
    if (!settlement) throw new Error('nobody took the lease')
    const { state, checkpoint, hashes, gone, failures } = settlement
    this.#checkpoint = checkpoint && json(checkpoint)
    this.#failures = failures
    for (const [id, hash] of hashes) this.#hashes.set(id, hash)
    for (const id of gone) this.#hashes.delete(id)
    if (state) {
      this.#state = state
      this.watermarks.push(state.changes.watermark)
    }
  }

  private asked<T>(answer: () => T) {
    this.effect()
    if (this.random.chance(this.faults.vendor)) {
      return this.random.chance(0.5)
        ? ({ kind: 'unavailable', message: 'a fault' } as const)
        : ({ kind: 'throttled', retryAt: this.now + 1_000, message: 'too much' } as const)
    }
    const answered = answer()
    this.effect()
    return answered
  }

  /** Between any two effects time passes, things change, and the process may die. */
  private effect(): void {
    if (this.random.chance(this.faults.crash)) throw new Crash()
    this.now += this.random.below(1_500)
    if (this.#quiet) return
    if (this.random.chance(this.busy)) this.change()
  }

  /** Something happens at the vendor. */
  change(): void {
    if (++this.#changes > mostChanges) return
    const dice = this.random.next()
    if (dice < 0.4) this.vendor.create(this.now)
    else if (dice < 0.85) this.vendor.update(this.now)
    else if (dice < 0.93) this.vendor.touch()
    else this.vendor.delete(this.now)
    this.now += this.random.below(400)
  }
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
