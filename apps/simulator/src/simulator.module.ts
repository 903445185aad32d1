import { Module } from '@nestjs/common'
import { ClockModule } from './clock/clock.module.js'
import { ControlModule } from './control/control.module.js'
import { HealthController } from './health/health.controller.js'
import { IContactModule } from './icontact/icontact.module.js'
import { IntercomModule } from './intercom/intercom.module.js'
import { ReceiverModule } from './receiver/receiver.module.js'

/** Intercom, iContact and a callback receiver that behave as the real ones do, and a way to move them from outside. */
@Module({
  imports: [ClockModule, IntercomModule, IContactModule, ReceiverModule, ControlModule],
  controllers: [HealthController],
})
export class SimulatorModule {}
