import { Module } from '@nestjs/common'
import { ClockModule } from '../clock/clock.module.js'
import { IContact } from './icontact.js'
import { IContactController } from './icontact.controller.js'

@Module({
  imports: [ClockModule],
  controllers: [IContactController],
  providers: [IContact],
  exports: [IContact],
})
export class IContactModule {}
