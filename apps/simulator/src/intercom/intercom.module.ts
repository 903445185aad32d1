import { Module } from '@nestjs/common'
import { ClockModule } from '../clock/clock.module.js'
import { Intercom } from './intercom.js'
import { CatalogueController } from './rest/catalogue.controller.js'
import { CompaniesController } from './rest/companies.controller.js'
import { ContactsController } from './rest/contacts.controller.js'
import { ConversationsController } from './rest/conversations.controller.js'
import { OAuthController } from './rest/oauth.controller.js'
import { TicketsController } from './rest/tickets.controller.js'

@Module({
  imports: [ClockModule],
  controllers: [
    OAuthController,
    ContactsController,
    ConversationsController,
    CompaniesController,
    TicketsController,
    CatalogueController,
  ],
  providers: [Intercom],
  exports: [Intercom],
})
export class IntercomModule {}
