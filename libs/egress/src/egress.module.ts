import { Global, Module } from '@nestjs/common'
import { ClosedLast, SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { Egress } from './egress.js'

/** Provides `Egress`, as the settings want it. */
@Global()
@Module({
  providers: [
    {
      provide: Egress,
      useFactory: ({ egressAllow, egressProxy, publicUrl }: Settings, closedLast: ClosedLast) => {
        const egress = new Egress({ allow: egressAllow, publicUrl, ...(egressProxy && { proxy: egressProxy }) })
        closedLast.add(() => egress.close())
        return egress
      },
      inject: [SETTINGS, ClosedLast],
    },
  ],
  exports: [Egress],
})
export class EgressModule {}
