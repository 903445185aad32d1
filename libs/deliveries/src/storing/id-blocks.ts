import type { Pool } from 'pg'

const blockSize = 1_000

/** Ids for notifications and deliveries, unique across processes, drawn 1,000 at a time; roughly in order of time. */
export class IdBlocks {
  #next = 0
  #end = 0

  constructor(private readonly pool: Pool) {}

  async take(count: number): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) {
      if (this.#next === this.#end) await this.draw()
      const until = Math.min(this.#end, this.#next + count - ids.length)
      while (this.#next < until) ids.push(String(this.#next++))
    }
    return ids
  }

  private async draw(): Promise<void> {
    const { rows } = await this.pool.query<{ block: string }>(`select nextval('id_block') as block`)
    const block = Number(rows[0]?.block)
    this.#next = block * blockSize
    this.#end = this.#next + blockSize
  }
}
