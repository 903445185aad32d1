import { Module } from '@nestjs/common'
import { ClockModule } from '../clock/clock.module.js'
import { IContactModule } from '../icontact/icontact.module.js'
import { IntercomModule } from '../intercom/intercom.module.js'
import { ReceiverModule } from '../receiver/receiver.module.js'
import { ControlController } from './control.controller.js'
import { IContactControlController } from './icontact-control.controller.js'
import { IntercomControlController } from './intercom-control.controller.js'
import { ReceiverControlController } from './receiver-control.controller.js'

/** What a person or a test does to the stand-ins from outside, under `/control`. */
@Module({
  imports: [ClockModule, IntercomModule, IContactModule, ReceiverModule],
  controllers: [ControlController, IntercomControlController, IContactControlController, ReceiverControlController],
})
export class ControlModule {}
