import { Connectors } from '#connectors'
import { DatabaseModule, POOL } from '#database'
import { Egress, EgressModule } from '#egress'
import { LOGGER, Metrics, SETTINGS, type Logger, type Settings } from '#platform'
import { Vault, VaultModule } from '#vault'
import { Global, Module } from '@nestjs/common'
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm'
import type { Pool } from 'pg'
import type { DataSource } from 'typeorm'
import { AccountEntity } from './accounts/account.entity.js'
import { Accounts } from './accounts/accounts.js'
import { AppUserEntity } from './accounts/app-user.entity.js'
import { CompanyEntity } from './accounts/company.entity.js'
import { InstanceFinder } from './finding/instance-finder.js'
import { InstanceEntity } from './instance.entity.js'
import { Instances } from './instances.js'
import { OutboxEntity } from './outbox/outbox.entity.js'
import { PolledResourceEntity } from './polling/polled-resource.entity.js'
import { PollRunEntity, PollRunResourceEntity } from './polling/poll-run.entity.js'
import { ToldChanges } from './reconciling/told-changes.js'
import { PollSchedule } from './polling/poll-schedule.js'
import { SessionWatcher } from './sessions/session-watcher.js'
import { VendorSessions } from './sessions/vendor-sessions.js'

/** This lib's tables. */
export const instanceEntities = [
  ...[CompanyEntity, AccountEntity, AppUserEntity, InstanceEntity, OutboxEntity],
  ...[PolledResourceEntity, PollRunEntity, PollRunResourceEntity],
]

@Global()
@Module({
  imports: [DatabaseModule, VaultModule, EgressModule, TypeOrmModule.forFeature(instanceEntities)],
  providers: [
    {
      provide: Connectors,
      useFactory: ({ connectorsDir, connectorBaseUrls }: Settings) =>
        Connectors.load({ ...(connectorsDir && { dir: connectorsDir }), baseUrls: connectorBaseUrls }),
      inject: [SETTINGS],
    },
    {
      provide: PollSchedule,
      useFactory: (dataSource: DataSource, connectors: Connectors) => new PollSchedule(dataSource, connectors),
      inject: [getDataSourceToken(), Connectors],
    },
    { provide: ToldChanges, useFactory: (pool: Pool) => new ToldChanges(pool), inject: [POOL] },
    {
      provide: Instances,
      useFactory: (
        dataSource: DataSource,
        pool: Pool,
        vault: Vault,
        connectors: Connectors,
        pollSchedule: PollSchedule,
      ) => {
        const instances = new Instances(dataSource, pool, vault, connectors)
        const finder = new InstanceFinder(pool, instances, connectors)
        instances.onChange((manager, instance) => pollSchedule.sync(manager, instance))
        instances.onChange((manager, instance) => finder.sync(manager, instance))
        return instances
      },
      inject: [getDataSourceToken(), POOL, Vault, Connectors, PollSchedule],
    },
    {
      provide: InstanceFinder,
      useFactory: (pool: Pool, instances: Instances, connectors: Connectors) =>
        new InstanceFinder(pool, instances, connectors),
      inject: [POOL, Instances, Connectors],
    },
    {
      provide: Accounts,
      useFactory: (dataSource: DataSource) => new Accounts(dataSource),
      inject: [getDataSourceToken()],
    },
    {
      provide: VendorSessions,
      useFactory: (
        instances: Instances,
        connectors: Connectors,
        egress: Egress,
        pool: Pool,
        { connectorBaseUrls: baseUrls }: Settings,
        listener: SessionWatcher,
      ) => new VendorSessions({ instances, connectors, egress, pool, baseUrls, listener }),
      inject: [Instances, Connectors, Egress, POOL, SETTINGS, SessionWatcher],
    },
    {
      provide: SessionWatcher,
      useFactory: (schedule: PollSchedule, log: Logger, metrics: Metrics) => new SessionWatcher(schedule, log, metrics),
      inject: [PollSchedule, LOGGER, Metrics],
    },
  ],
  exports: [Connectors, Instances, InstanceFinder, PollSchedule, ToldChanges, Accounts, VendorSessions],
})
export class InstancesModule {}
