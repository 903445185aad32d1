import { createApp, createLogger, type Settings } from '#platform'
import type { INestApplicationContext, Type } from '@nestjs/common'

/** Lends `work` the providers of a module. What they log goes to standard error: standard output is for results. */
export async function withModule<Result>(
  settings: Settings,
  module: Type,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const logger = createLogger(settings, { write: (line: string) => void process.stderr.write(line) })
  const app = await createApp(settings, module, logger)
  try {
    await app.init()
    return await work(app)
  } finally {
    await app.close()
  }
}
