/** Collects what comes within `lingerMs` and hands it over at once, to three flushes at a time. */
export function microBatch<Item>(
  flush: (items: Item[]) => Promise<unknown>,
  lingerMs: number,
  most = 500,
): (item: Item) => Promise<void> {
  const waiting: { item: Item; done: () => void; fail: (error: unknown) => void }[] = []
  let timer: NodeJS.Timeout | null = null
  let flushing = 0
  const start = () => {
    timer = null
    while (waiting.length > 0 && flushing < 3) {
      const batch = waiting.splice(0, most)
      flushing++
      flush(batch.map(({ item }) => item))
        .then(
          () => batch.forEach(({ done }) => done()),
          error => batch.forEach(({ fail }) => fail(error)),
        )
        .finally(() => {
          flushing--
          if (waiting.length > 0 && !timer) start()
        })
    }
  }
  return item =>
    new Promise((done, fail) => {
      waiting.push({ item, done, fail })
      if (waiting.length >= most) start()
      else timer ??= setTimeout(start, lingerMs)
    })
}
