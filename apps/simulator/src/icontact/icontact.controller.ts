import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseGuards, UseInterceptors } from '@nestjs/common'
import { isObject, parseJson } from '../http/body.js'
import { actionDate, offsetDate } from './dates.js'
import { icontactError } from './errors.js'
import { ENGAGEMENTS, type ClientFolder, type Engagement, type RowFields } from './folder.js'
import { AsHtml, IContactGate, OfPath, OpenedAccounts } from './gate.js'
import { IContact, type IContactAccount } from './icontact.js'
import { listing, type Listing } from './listing.js'
import { isCollection, SHAPES, type CollectionName, type Row } from './rows.js'

type Query_ = Record<string, string>

const FOLDER = 'a/:account/c/:folder'

@Controller('icp')
@UseGuards(IContactGate)
@UseInterceptors(AsHtml)
export class IContactController {
  constructor(private readonly icontact: IContact) {}

  @Get('time')
  time() {
    const now = this.icontact.clock.now()
    return { time: offsetDate(now), timestamp: Math.floor(now / 1000) }
  }

  @Get('a')
  accounts(@OpenedAccounts() accounts: IContactAccount[]) {
    const rows = accounts.map(account => ({
      accountId: account.id,
      enabled: account.enabled ? '1' : '0',
      firstName: 'Demo',
      lastName: 'Owner',
      email: account.credentials.username,
      companyName: 'Demo Company',
      city: 'Raleigh',
      state: 'NC',
      country: 'United States',
      multiClientFolder: account.folders.size > 1 ? '1' : '0',
      subscriberLimit: '250000',
    }))
    return { accounts: rows, total: rows.length, limit: 20, offset: 0 }
  }

  @Get('a/:account/c')
  folders(@OpenedAccounts() accounts: IContactAccount[], @Param('account') id: string) {
    const account = accounts.find(candidate => candidate.id === id)
    if (!account) throw icontactError(403, 'You are not authorized to access this account')
    const clientfolders = [...account.folders.keys()].map(clientFolderId => ({
      clientFolderId,
      logoId: null,
      emailRecipient: account.credentials.username,
    }))
    return { clientfolders, total: clientfolders.length }
  }

  @Get(`${FOLDER}/:collection`)
  list(@OfPath() folder: ClientFolder, @Param('collection') name: string, @Query() query: Query_) {
    const collection = collectionNamed(name)
    const { status, ...others } = query
    const byStatus = collection === 'contacts' ? contactsOfStatus(folder, status) : folder.all(collection)
    const { fields, id, date } = SHAPES[collection]
    const filters = collection === 'contacts' ? others : query
    const shape = { fields, id, ...(date ? { dateField: date.field } : {}) }
    return enveloped(collection, listing(byStatus, filters, shape, this.icontact.settings))
  }

  /** Contacts are found again by their e-mail address; one without is a warning and no list. */
  @Post(`${FOLDER}/contacts`)
  @HttpCode(200)
  upsert(@OfPath() folder: ClientFolder, @Body() bytes: unknown) {
    const body = parseJson(bytes)
    const wanted = (Array.isArray(body) ? body : [body]).filter(isObject) as RowFields[]
    if (wanted.some(({ email }) => !email)) {
      return { contacts: null, warnings: ['You did not provide an email field. email is a required field'] }
    }
    const contacts = wanted.map(fields => {
      const known = folder.all('contacts').find(({ email }) => email === fields['email'])
      const row = known
        ? folder.update('contacts', known['contactId'] ?? '', fields)
        : folder.create('contacts', fields)
      return blankForNull(row ?? {})
    })
    return { contacts }
  }

  @Get(`${FOLDER}/:collection/:id`)
  get(@OfPath() folder: ClientFolder, @Param('collection') name: string, @Param('id') id: string) {
    const collection = collectionNamed(name)
    return { [SHAPES[collection].singular]: mustGet(folder, collection, id) }
  }

  @Post(`${FOLDER}/:collection/:id`)
  @HttpCode(200)
  merge(
    @OfPath() folder: ClientFolder,
    @Param('collection') name: string,
    @Param('id') id: string,
    @Body() bytes: unknown,
  ) {
    const collection = collectionNamed(name)
    mustGet(folder, collection, id)
    const body = parseJson(bytes)
    const row = folder.update(collection, id, isObject(body) ? (body as RowFields) : {})
    return { [SHAPES[collection].singular]: blankForNull(row ?? {}) }
  }

  @Delete(`${FOLDER}/:collection/:id`)
  remove(@OfPath() folder: ClientFolder, @Param('collection') name: string, @Param('id') id: string) {
    const collection = collectionNamed(name)
    if (collection === 'messages' || collection === 'subscriptions') {
      throw icontactError(405, `DELETE is not supported for ${collection}`)
    }
    mustGet(folder, collection, id)
    folder.delete(collection, id)
    return []
  }

  /** A contact's history, newest first; its dates' offsets have no colon, and no details are an empty list. */
  @Get(`${FOLDER}/contacts/:id/actions`)
  actions(@OfPath() folder: ClientFolder, @Param('id') id: string, @Query() query: Query_) {
    mustGet(folder, 'contacts', id)
    const actions = folder.actions
      .filter(({ contactId, actionType }) => contactId === id && (query['actionType'] ?? actionType) === actionType)
      .sort((a, b) => b.at - a.at)
      .map(({ actionType, at, actor, details }) => ({ actionType, actionTime: actionDate(at), actor, details }))
    return { actions, total: actions.length, limit: 20, offset: 0 }
  }

  @Get(`${FOLDER}/messages/:id/statistics`)
  statistics(@OfPath() folder: ClientFolder, @Param('id') id: string) {
    mustGet(folder, 'messages', id)
    const of = (what: Engagement) => folder.engagement(id, what)
    const counted = (rows: Row[]) => ({ unique: new Set(rows.map(row => row['contactId'])).size, total: rows.length })
    return {
      statistics: {
        bounces: of('bounces').length,
        delivered: folder.all('contacts').length - of('bounces').length,
        unsubscribes: of('unsubscribes').length,
        opens: counted(of('opens')),
        clicks: counted(of('clicks')),
        forwards: 0,
        comments: 0,
        complaints: 0,
      },
    }
  }

  @Get(`${FOLDER}/messages/:id/:engagement`)
  engagement(
    @OfPath() folder: ClientFolder,
    @Param('id') id: string,
    @Param('engagement') name: string,
    @Query() query: Query_,
  ) {
    mustGet(folder, 'messages', id)
    const what = ENGAGEMENTS.find(candidate => candidate === name)
    if (!what) throw icontactError(404, `The resource ${name} could not be found`)
    const moment = `${what.slice(0, -1)}Time`
    const shape = { fields: ['contactId', moment, 'clickLink'], id: moment, dateField: moment }
    return enveloped(what, listing(folder.engagement(id, what), query, shape, this.icontact.settings))
  }
}

/** Without `status`, only those on a list; `unlisted` the others, `total` all, and any other value by that status. */
function contactsOfStatus(folder: ClientFolder, status: string | undefined): Row[] {
  const contacts = folder.all('contacts')
  const listed = new Set(folder.all('subscriptions').map(({ contactId }) => contactId))
  if (status === 'total') return contacts
  if (status === 'unlisted') return contacts.filter(({ contactId }) => !listed.has(contactId ?? ''))
  if (status === '') return []
  const shown = contacts.filter(({ contactId }) => listed.has(contactId ?? ''))
  if (status === undefined) return shown
  const wanted = status.split(',')
  const unknown = wanted.find(value => !STATUSES.has(value))
  if (unknown !== undefined) {
    throw icontactError(
      400,
      `The status value you provided was not valid. It must be one of: ${[...STATUSES].join(', ')}`,
    )
  }
  return shown.filter(row => wanted.includes(row['status'] ?? ''))
}

const STATUSES = new Set(['normal', 'bounced', 'donotcontact', 'pending', 'invitable', 'deleted', 'unlisted', 'total'])

function collectionNamed(name: string): CollectionName {
  if (!isCollection(name)) throw icontactError(404, `The resource ${name} could not be found`)
  return name
}

function mustGet(folder: ClientFolder, collection: CollectionName, id: string): Row {
  const row = folder.get(collection, id)
  if (!row) throw icontactError(404, 'Not found')
  return row
}

function enveloped(name: string, { rows, total, limit, offset, warnings }: Listing) {
  return { [name]: rows, limit, offset, total, ...(warnings.length > 0 ? { warnings } : {}) }
}

/** What is empty is null in listings and "" in answers to a POST. */
function blankForNull(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? '']))
}
