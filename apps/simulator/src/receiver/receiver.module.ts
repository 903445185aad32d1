import { Module } from '@nestjs/common'
import { CallbacksController } from './callbacks.controller.js'
import { Receiver } from './receiver.js'

@Module({ controllers: [CallbacksController], providers: [Receiver], exports: [Receiver] })
export class ReceiverModule {}
