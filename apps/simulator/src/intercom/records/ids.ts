/** Ids in Intercom's shapes, the same ones for the same seed and order. */
export class Ids {
  private counter = 0
  private readonly base: number

  constructor(seed: number) {
    this.base = (Math.imul(seed + 1, 2_654_435_761) >>> 0) % 0xffffff
  }

  /** 24 hex digits: contacts, companies. */
  object(): string {
    return `65f6${this.base.toString(16).padStart(6, '0')}${(++this.counter).toString(16).padStart(14, '0')}`
  }

  /** Fifteen digits, more than 32 bits hold: conversations and tickets. */
  long(): string {
    return String(215_470_000_000_000 + this.base * 1_000 + ++this.counter)
  }

  /** Eleven digits: conversation parts and messages. */
  part(): string {
    return String(28_000_000_000 + ++this.counter)
  }

  /** A small number as text: tags, teams, articles. */
  short(): string {
    return String(1_000_000 + ++this.counter)
  }

  /** The short, consecutive number that people see on a ticket. */
  ticketNumber(): string {
    return String(++this.counter)
  }
}

/** A small seeded generator (mulberry32): numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
