import type { Failure, Page, PageOutcome } from '#connectors'
import { polledEvent } from '#events'
import type { Change } from '../change.js'
import type { Outcome } from '../outcome.js'
import { plan, type Checkpoint, type Phase, type ResourceState } from '../progress.js'
import { runResource, type Ports } from '../run-resource.js'
import { settlementOf } from '../settle.js'
import { failureOf, spoilt } from './mishaps.js'
import { Random } from './random.js'
import { listings, nothing, settingsOf, type Faults, type Scenario } from './scenario.js'
import { dayOf, SimulatedVendor } from './simulated-vendor.js'
import { Work } from './work.js'

/** An event that reached the log. */
export interface Published extends Change {
  eventId: string
  at: number
  /** The version, or the listed deletion, that it tells of; of another deletion, how often the object had been deleted. */
  serial: number
  /** When the run began that found it. */
  runBegan: number
}

/** A run that came to its end. */
export interface CompleteRun {
  start: number
  /** When its listing's first page was read, and its last one. */
  from: number
  to: number
}

/** A process that polls, until it dies or someone else has the lease. */
interface Poller {
  readonly epoch: number
  /** How far its clock is from the true time. */
  readonly clockMs: number
  /** When it, or who it goes on for, read the listing's first page and the latest one. */
  from: number
  to: number
  dies: () => void
}

/** What is stored of the resource. */
interface Stored {
  epoch: number
  state: ResourceState
  checkpoint: Checkpoint | null
  hashes: Map<string, string>
  failures: number
  dueAt: number
  /** Of the run under way. */
  from: number
  to: number
  runBegan: number
}

// Else a small page of a busy vendor might never be the last one.
const mostChanges = 150
const origin = {
  instance: { id: 1, name: '', tags: [], accountId: 1, companyId: 1, userId: 1, elementKey: 'things' },
  ...{ hubKey: 'any', resource: 'things', runId: 'run', start: 0 },
}

/** One resource of one vendor, polled over and over in simulated time, while things change between any two effects. */
export class Simulation {
  now = 1_700_000_000_123
  readonly began: number
  /** No change that is dated before is told of. */
  readonly since: number
  readonly vendor: SimulatedVendor
  readonly published: Published[] = []
  readonly runs: CompleteRun[] = []
  readonly states: ResourceState[] = []
  readonly work: Work
  /** When anything was read for the first time. */
  firstRead = Infinity
  readonly #random: Random
  readonly #stored: Stored
  #faults: Faults
  #busy: number
  #changes = 0
  #edition = 0
  #pollers = 0
  #rival: Promise<void> = Promise.resolve()

  constructor(
    readonly scenario: Scenario,
    /** Is told what happens. */
    private readonly tell?: (line: string) => void,
  ) {
    const { seed, faults, busy, objects, backfillMs, skewMs, wholeDays } = scenario
    this.#random = new Random(seed)
    this.#faults = faults
    this.#busy = busy
    this.vendor = new SimulatedVendor(scenario, this.#random)
    this.work = new Work(scenario, this.vendor)
    for (let made = 0; made < objects; made++) this.vendor.create(this.now - this.#random.below(5_000_000))
    this.began = Math.floor((this.now - backfillMs) / 1_000) * 1_000
    this.since = wholeDays ? dayOf(this.began) : this.began
    const feed = { watermark: this.began, held: [], seen: new Map() }
    this.#stored = {
      ...{ epoch: 0, checkpoint: null, hashes: new Map(), failures: 0, dueAt: 0, from: 0, to: 0, runBegan: 0 },
      state: { since: this.began, changes: feed, deletions: feed, listed: false },
    }
    // A vendor whose clock is behind dates nothing after our beginning for a while.
    if (skewMs < 0 && this.#random.chance(0.7)) this.now -= skewMs
  }

  /** @param polls instead of the scenario's */
  async play(polls = this.scenario.polls): Promise<this> {
    for (let changes = this.scenario.backlog; changes > 0; changes--) this.change()
    for (let poll = 0; poll < polls; poll++) {
      for (let changes = this.#random.below(8); changes > 0; changes--) this.change()
      this.now += this.gap()
      if (this.#random.chance(this.#faults.edit)) this.#edition++
      await this.pollOnce()
    }
    await this.rest()
    return this
  }

  /** Nothing changes any more, and nothing fails: what is to be found has to be found now. */
  private async rest(): Promise<void> {
    this.#faults = nothing
    this.#busy = 0
    this.#changes = mostChanges
    this.now += this.scenario.lagMs + Math.max(0, this.scenario.skewMs) + 10_000
    this.tell?.(`${this.clock()} everything rests`)
    for (let polls = 0; polls < 6; polls++) {
      this.now = Math.max(this.now + 5_000, this.#stored.dueAt)
      await this.pollOnce()
    }
  }

  private async pollOnce(): Promise<void> {
    if (this.#random.chance(0.7)) this.now = Math.max(this.now, this.#stored.dueAt)
    await this.poll()
    for (let rival = null; rival !== this.#rival;) await (rival = this.#rival)
  }

  private gap(): number {
    const dice = this.#random.next()
    return this.#random.below(dice < 0.85 ? 20_000 : dice < 0.96 ? 3_000_000 : 100_000_000)
  }

  private async poll(): Promise<void> {
    const { scenario, work } = this
    const stored = this.#stored
    const epoch = ++stored.epoch
    const poller = {
      ...{ epoch, clockMs: (epoch % 2) * scenario.clockMs, from: stored.from, to: stored.to },
      dies: () => {},
    }
    if (!stored.checkpoint) stored.runBegan = this.now
    stored.checkpoint ??= { start: this.now + poller.clockMs }
    work.begin(stored.checkpoint, this.now + poller.clockMs, this.#edition)
    this.#pollers++
    this.tell?.(`${this.clock()} poller ${epoch} ${stored.checkpoint.position ? 'goes on' : 'begins'}`)
    const death = new Promise<void>(resolve => (poller.dies = resolve))
    await Promise.race([this.live(poller, stored.checkpoint), death])
    this.#pollers--
  }

  private async live(poller: Poller, checkpoint: Checkpoint): Promise<void> {
    const outcome = await this.run(poller, checkpoint)
    await this.effect(poller)
    this.settle(poller, outcome)
    await this.effect(poller)
  }

  private run(poller: Poller, checkpoint: Checkpoint): Promise<Outcome> {
    const { scenario } = this
    const progress = plan({
      run: 'run',
      settings: settingsOf(scenario, this.#edition),
      state: this.#stored.state,
      checkpoint: json(checkpoint),
      hashes: new Map(this.#stored.hashes),
      listsDeletions: scenario.listsDeletions,
      partial: false,
      now: this.now + poller.clockMs,
    })
    return runResource(progress, this.ports(poller), { maxPages: 1_000, wantsPast: scenario.wantsPast })
  }

  private ports(poller: Poller): Ports {
    const { vendor, work } = this
    const stored = this.#stored
    return {
      pages: {
        changes: (since, cursor) =>
          this.asked(poller, cursor, 'changes', () => {
            const outcome = vendor.changes(this.now, since, cursor)
            if (cursor === null) poller.from = this.now
            this.firstRead = Math.min(this.firstRead, this.now)
            poller.to = this.now
            if (outcome.kind === 'page') work.changesRead(outcome, this.now)
            return outcome
          }),
        deletions: (_since, cursor) =>
          this.asked(poller, cursor, 'deletions', () => {
            const outcome = vendor.deletions(this.now, cursor)
            if (outcome.kind === 'page') work.deletionsRead(outcome)
            return outcome
          }),
      },
      publisher: { publish: changes => this.publish(poller, changes), pace: async () => {} },
      journal: {
        save: async (checkpoint, _counts, hashes) => {
          await this.effect(poller)
          const held = poller.epoch === stored.epoch
          if (held) {
            if (checkpoint) Object.assign(stored, { checkpoint: json(checkpoint), from: poller.from, to: poller.to })
            for (const [id, hash] of hashes) stored.hashes.set(id, hash)
          }
          this.tell?.(`${this.clock()} poller ${poller.epoch} ${held ? 'saves' : 'cannot save'} where it is`)
          await this.effect(poller)
          return held
        },
      },
      turn: { now: () => this.now + poller.clockMs, state: () => this.turnOf(poller) },
    }
  }

  private turnOf({ epoch }: Poller): 'on' | 'over' | 'ending' | 'lost' {
    // It may not know yet that its lease has ended.
    if (epoch !== this.#stored.epoch && this.#random.chance(0.5)) return 'lost'
    return this.#random.chance(this.#faults.turn) ? (this.#random.chance(0.5) ? 'over' : 'ending') : 'on'
  }

  private async publish(poller: Poller, changes: readonly Change[]): Promise<number> {
    await this.effect(poller)
    if (this.#random.chance(this.#faults.log)) {
      this.work.interrupted()
      this.tell?.(`${this.clock()} the log is away`)
      throw new Error('the log is away')
    }
    for (const change of changes) {
      const { objectId, type, raw, date } = change
      const eventId = polledEvent(change, origin).id
      const serial = serialOf(raw) ?? this.vendor.deletionsOf(objectId)
      this.published.push({ ...change, eventId, serial, at: this.now, runBegan: this.#stored.runBegan })
      this.tell?.(`${this.clock()} poller ${poller.epoch} publishes ${objectId} ${type} ${date} #${serial}`)
    }
    await this.effect(poller)
    return changes.length
  }

  private settle({ epoch, from, to }: Poller, outcome: Outcome): void {
    const stored = this.#stored
    const held = epoch === stored.epoch
    this.tell?.(`${this.clock()} poller ${epoch} ${held ? 'settles' : 'cannot settle'}: ${outcome.kind}`)
    if (!held) return
    const start = stored.checkpoint?.start ?? 0
    const { now } = this
    const settlement = settlementOf(outcome, {
      ...{ now, beganAt: now, intervalMs: 60_000, lateMs: 0, failures: stored.failures, random: () => 0 },
    })
    if (!settlement) return
    const { state, checkpoint, hashes, gone, failures, waitMs } = settlement
    Object.assign(stored, { checkpoint: checkpoint && json(checkpoint), failures, dueAt: now + waitMs, from, to })
    for (const [id, hash] of hashes) stored.hashes.set(id, hash)
    for (const id of gone) stored.hashes.delete(id)
    if (!state) return
    stored.state = state
    this.states.push(state)
    this.runs.push({ start, from, to })
    this.work.done(start)
  }

  private async asked<P extends PageOutcome | Page<unknown>>(
    poller: Poller,
    cursor: string | null,
    what: Phase,
    answer: () => P,
  ): Promise<P> {
    await this.effect(poller)
    const random = this.#random
    const failure = random.chance(this.#faults.vendor) ? failureOf(random, this.now + poller.clockMs, what) : null
    if (failure) return this.refused(failure, what) as P
    const answered = answer()
    this.tell?.(`${this.clock()} poller ${poller.epoch} reads ${cursor ?? 'the first page'}: ${shown(answered)}`)
    if (answered.kind === 'page') this.mislead(answered, cursor)
    else this.work.begunAnew()
    await this.effect(poller)
    return answered
  }

  private refused(failure: Failure, what: Phase): Failure {
    const never = failure.kind === 'rejected' || (failure.kind === 'unauthorized' && failure.permanent)
    if (what === 'deletions' && never) this.work.deletionsRefused()
    if (failure.kind === 'rejected' || (failure.kind === 'unavailable' && failure.restart)) this.work.begunAnew()
    if (failure.kind === 'unavailable') this.now += this.#random.below(30_000)
    this.tell?.(`${this.clock()} the vendor is ${failure.kind}`)
    return failure
  }

  /** What a page may have besides its rows. */
  private mislead(page: Page<unknown>, cursor: string | null): void {
    const random = this.#random
    if (random.chance(this.#faults.spoilt)) spoilt(page as Page, this.scenario.snapshot, random)
    if (random.chance(this.#faults.vendor / 10)) page.limits = { remaining: 0, resetAt: this.now + 30_000 }
    if (cursor === null || page.next === null || !random.chance(this.#faults.vendor / 10)) return
    page.next = cursor
    this.work.begunAnew()
  }

  /** Between any two effects time passes, things change, the process may die, and another one may take over. */
  private async effect(poller: Poller): Promise<void> {
    const random = this.#random
    if (this.#pollers > 1) for (let beats = random.below(5); beats > 0; beats--) await Promise.resolve()
    if (random.chance(this.#faults.crash)) return this.crash(poller)
    this.now += random.below(1_500)
    if (random.chance(this.#busy)) this.change()
    if (this.#pollers === 1 && poller.epoch === this.#stored.epoch && random.chance(this.#faults.rival)) {
      this.work.shared()
      this.#rival = this.poll()
    }
  }

  /** Nothing that waits for it ever goes on. */
  private crash(poller: Poller): Promise<void> {
    this.work.interrupted()
    this.tell?.(`${this.clock()} poller ${poller.epoch} dies`)
    poller.dies()
    return new Promise(() => {})
  }

  /** Something happens at the vendor. */
  private change(): void {
    if (++this.#changes > mostChanges) return
    const { vendor, now } = this
    const dice = this.#random.next()
    const { by } = listings[this.scenario.listing]
    const [move, remove] = by === 'rank' || by === 'touched' ? [0.6, 0.85] : [0.75, 0.75]
    const happened =
      dice < 0.3
        ? `created ${vendor.create(now)}`
        : dice < move
          ? `changed ${vendor.update(now)}`
          : dice < remove
            ? `moved ${vendor.touch()}`
            : dice < 0.93
              ? `deleted ${vendor.delete(now)}`
              : dice < 0.96
                ? `merged ${vendor.merge(now)}`
                : `restored ${vendor.restore(now)}`
    this.tell?.(`${this.clock()} at the vendor: ${happened}, dated ${vendor.date(now)}`)
    this.now += this.#random.below(400)
  }

  private clock(): string {
    return `${((this.now - this.began) / 1_000).toFixed(3)} s`
  }
}

function shown(outcome: PageOutcome | Page<unknown>): string {
  if (outcome.kind !== 'page') return outcome.kind
  const ids = outcome.records.map(record => (record as { id: string | null }).id).join(' ')
  return `${ids || 'nothing'}${outcome.next === null ? ', the end' : ''}`
}

function serialOf(raw: string): number | undefined {
  return (JSON.parse(raw) as { serial?: number }).serial
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
