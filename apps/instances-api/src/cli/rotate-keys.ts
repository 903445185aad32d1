import { DatabaseModule } from '#database'
import { rotateInstanceKeys } from '#instances'
import { readSettings } from '#platform'
import { Vault, VaultModule } from '#vault'
import { Module } from '@nestjs/common'
import { DataSource } from 'typeorm'
import { rotateAnswers } from '../idempotency/rotate-answers.js'
import { command } from './command.js'
import { withModule } from './tool-app.js'

@Module({ imports: [DatabaseModule, VaultModule] })
class KeysModule {}

/** `tributary keys rotate`: afterwards the older of MASTER_KEYS open nothing any more, and can be taken out. */
export const rotateKeys = command({
  does: 'encrypts every secret under the first of MASTER_KEYS',
  options: {},
  async run({ environment, out }) {
    const settings = readSettings({ LOG_LEVEL: 'error', ...environment }, 'tool')
    const rotated = await withModule(settings, KeysModule, async app => {
      const [dataSource, vault] = [app.get(DataSource), app.get(Vault)]
      await rotateAnswers(dataSource, vault)
      return rotateInstanceKeys(dataSource, vault)
    })
    out(`${rotated} instances' secrets are under the first of MASTER_KEYS now\n`)
  },
})
