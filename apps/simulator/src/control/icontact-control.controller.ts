import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common'
import { Answer } from '../http/answer.js'
import type { JsonObject } from '../http/body.js'
import { ENGAGEMENTS, type ClientFolder, type RowFields } from '../icontact/folder.js'
import { IContact } from '../icontact/icontact.js'
import { COLLECTIONS, isCollection, type CollectionName } from '../icontact/rows.js'
import { changeSettings, JsonBody, mustText, orNotFound, text, texts } from './json-body.js'

const FOLDER = 'accounts/:account/folders/:folder'

/** Makes things happen at the simulated iContact; paths without account and folder mean the default ones. */
@Controller('control/icontact')
export class IContactControlController {
  constructor(private readonly icontact: IContact) {}

  @Get()
  overview() {
    return {
      settings: this.icontact.settings,
      accounts: this.icontact.allAccounts().map(({ id, enabled, credentials, folders }) => ({
        id,
        enabled,
        appId: credentials.appId,
        username: credentials.username,
        folders: [...folders.values()].map(folder => ({
          id: folder.id,
          ...Object.fromEntries(COLLECTIONS.map(name => [name, folder.all(name).length])),
        })),
      })),
    }
  }

  @Patch('settings')
  settings(@Body(JsonBody) body: JsonObject) {
    changeSettings(this.icontact.settings, body)
    return this.icontact.settings
  }

  @Post('accounts')
  addAccount(@Body(JsonBody) body: JsonObject) {
    const credentials = {
      appId: mustText(body, 'appId'),
      username: mustText(body, 'username'),
      password: mustText(body, 'password'),
    }
    const { id, folders } = this.icontact.addAccount(mustText(body, 'id'), credentials, texts(body, 'folders'))
    return { id, folders: [...folders.keys()] }
  }

  @Get([':collection', `${FOLDER}/:collection`])
  list(@Param() path: Record<string, string>) {
    return this.folder(path).all(collectionOf(path))
  }

  /**
   * Adds a row. A contact is put on a list, so that listings show it, unless `listed` is false; `createdAt` (ISO)
   * dates it.
   */
  @Post([':collection', `${FOLDER}/:collection`])
  create(@Param() path: Record<string, string>, @Body(JsonBody) body: JsonObject) {
    const { listed = true, createdAt, ...fields } = body
    const at = typeof createdAt === 'string' ? Date.parse(createdAt) : undefined
    const [folder, collection] = [this.folder(path), collectionOf(path)]
    if (collection === 'contacts' && listed === true) return folder.createListedContact(fields as RowFields, at)
    if (collection === 'subscriptions') {
      return folder.subscribe(mustText(body, 'contactId'), mustText(body, 'listId'), text(body, 'status'))
    }
    return folder.create(collection, fields as RowFields, at)
  }

  @Patch([':collection/:id', `${FOLDER}/:collection/:id`])
  update(@Param() path: Record<string, string>, @Body(JsonBody) body: JsonObject) {
    const row = this.folder(path).update(collectionOf(path), path['id'] ?? '', body as RowFields)
    if (!row) throw new Answer(404, { message: `no ${collectionOf(path)} row "${path['id'] ?? ''}"` })
    return row
  }

  @Delete([':collection/:id', `${FOLDER}/:collection/:id`])
  remove(@Param() path: Record<string, string>) {
    const deleted = this.folder(path).delete(collectionOf(path), path['id'] ?? '')
    if (!deleted) throw new Answer(404, { message: `no ${collectionOf(path)} row "${path['id'] ?? ''}"` })
    return { deleted }
  }

  /** Someone opens a message, clicks in it, and so on: `{"contactId": …}`. */
  @Post(['messages/:id/:engagement', `${FOLDER}/messages/:id/:engagement`])
  engage(@Param() path: Record<string, string>, @Body(JsonBody) body: JsonObject) {
    const what = ENGAGEMENTS.find(candidate => candidate === path['engagement'])
    if (!what) throw new Answer(404, { message: `expected one of ${ENGAGEMENTS.join(', ')}` })
    const { contactId: _, ...extra } = body
    return this.folder(path).engage(path['id'] ?? '', what, mustText(body, 'contactId'), extra as RowFields)
  }

  private folder(path: Record<string, string>): ClientFolder {
    return orNotFound(() => this.icontact.folder(path['account'], path['folder']))
  }
}

function collectionOf(path: Record<string, string>): CollectionName {
  const name = path['collection'] ?? ''
  if (!isCollection(name)) {
    throw new Answer(404, { message: `no collection "${name}"; known: ${COLLECTIONS.join(', ')}` })
  }
  return name
}
