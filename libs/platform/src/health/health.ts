import { Injectable } from '@nestjs/common'

/** Rejects when what it looks at is not well; the error says what to do. */
export type Probe = () => Promise<void>

export type Check = { status: 'up' } | { status: 'down'; why: string; advice?: string }

/** What a look found. `checks` is by the names they were added under. */
export interface Report {
  ok: boolean
  checks: Record<string, Check>
}

interface Entry {
  probe: Probe
  advice?: string
}

const probeTimeoutMs = 2_000

/** Whether this process can do its work (ready), and whether only a restart would help (live). */
@Injectable()
export class Health {
  readonly #readiness = new Map<string, Entry>()
  readonly #liveness = new Map<string, Entry>()
  #draining = false
  #look: Promise<Report> | null = null

  /** The process is ready while `probe` resolves, within two seconds. `advice` tells the operator what to do if not. */
  add(name: string, probe: Probe, advice?: string): void {
    this.#readiness.set(name, { probe, ...(advice && { advice }) })
  }

  /** The process ought to be restarted when `probe` rejects. Never for a dependency that is down. */
  addLiveness(name: string, probe: Probe, advice?: string): void {
    this.#liveness.set(name, { probe, ...(advice && { advice }) })
  }

  /** From now on not ready: no new requests should come. */
  drain(): void {
    this.#draining = true
  }

  /** Looks at everything at once; those who ask meanwhile share the look. */
  async ready(): Promise<Report> {
    if (this.#draining) return { ok: false, checks: { process: { status: 'down', why: 'it is shutting down' } } }
    this.#look ??= report(this.#readiness).finally(() => (this.#look = null))
    return await this.#look
  }

  live(): Promise<Report> {
    return report(this.#liveness)
  }
}

async function report(entries: ReadonlyMap<string, Entry>): Promise<Report> {
  const named = [...entries].map(async ([name, entry]) => [name, await check(entry)] as const)
  const checks = Object.fromEntries(await Promise.all(named))
  return { ok: Object.values(checks).every(({ status }) => status === 'up'), checks }
}

async function check({ probe, advice }: Entry): Promise<Check> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${probeTimeoutMs} ms`)), probeTimeoutMs)
  })
  try {
    await Promise.race([Promise.resolve().then(probe), late])
    return { status: 'up' }
  } catch (error) {
    return { status: 'down', why: error instanceof Error ? error.message : String(error), ...(advice && { advice }) }
  } finally {
    clearTimeout(timer)
  }
}
