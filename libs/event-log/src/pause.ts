/** A pause that can be cut short: waits `ms`, or until `wake` is called, even if that was before the wait began. */
export class Pause {
  private woken = false
  private resume?: () => void

  wake(): void {
    this.woken = true
    this.resume?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.woken) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        this.resume = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.resume = undefined
    this.woken = false
  }
}
