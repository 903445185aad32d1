import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common'
import { isObject, parseJson } from '../../http/body.js'
import { intercomError, invalid } from '../errors.js'
import { IntercomGate, OfToken } from '../gate.js'
import type { IntercomRecord } from '../records/records.js'
import { keysetPage, readPaging, readSort, type Page } from '../search/cursor.js'
import { contactDialect } from '../search/dialect.js'
import { compileQuery } from '../search/query.js'
import type { Workspace } from '../workspace.js'

const PAGE_SIZES = { default: 50, max: 150 }

@Controller('contacts')
@UseGuards(IntercomGate)
export class ContactsController {
  @Get()
  list(@OfToken() workspace: Workspace, @Query() query: Record<string, string>) {
    return contactList(
      keysetPage(
        workspace.contacts.records.all().filter(isShown),
        readSort(undefined),
        readPaging(query, PAGE_SIZES),
        'null',
      ),
    )
  }

  @Post('search')
  @HttpCode(200)
  search(@OfToken() workspace: Workspace, @Body() bytes: unknown) {
    const body = parseJson(bytes)
    if (!isObject(body)) throw invalid('The request body is not valid JSON', 'bad_request')
    const matches = compileQuery(body['query'], contactDialect(workspace.profile.timezone))
    const found = workspace.contacts.records.searchable().filter(contact => isShown(contact) && matches(contact))
    return contactList(keysetPage(found, readSort(body['sort']), readPaging(body['pagination'], PAGE_SIZES)))
  }

  @Get(':id')
  get(@OfToken() workspace: Workspace, @Param('id') id: string) {
    const heir = workspace.contacts.merged.get(id)
    if (heir !== undefined) {
      throw intercomError(410, 'contact_merged', 'This contact has been merged', {
        link: `</contacts/${heir}>; rel="canonical"`,
      })
    }
    return workspace.contacts.mustGet(id)
  }

  @Get(':id/merge_history')
  mergeHistory(@OfToken() workspace: Workspace, @Param('id') id: string) {
    workspace.contacts.mustGet(id)
    const sources = [...workspace.contacts.merged].filter(([, into]) => into === id).map(([from]) => from)
    return { type: 'list', data: sources.map(from => ({ type: 'contact_merge', contact_id: from })) }
  }

  @Post()
  @HttpCode(200)
  create(@OfToken() workspace: Workspace, @Body() bytes: unknown) {
    return workspace.contacts.create(fieldsOf(bytes))
  }

  @Put(':id')
  update(@OfToken() workspace: Workspace, @Param('id') id: string, @Body() bytes: unknown) {
    return workspace.contacts.update(id, fieldsOf(bytes))
  }

  @Delete(':id')
  delete(@OfToken() workspace: Workspace, @Param('id') id: string) {
    const externalId = workspace.contacts.mustGet(id)['external_id']
    workspace.contacts.delete(id)
    return { id, external_id: externalId, type: 'contact', deleted: true }
  }
}

function fieldsOf(bytes: unknown) {
  const fields = parseJson(bytes)
  if (!isObject(fields)) throw invalid('The request body is not valid JSON', 'bad_request')
  return fields
}

// What is archived is in no list, until it's taken out again.
function isShown(contact: IntercomRecord): boolean {
  return contact['archived'] !== true
}

function contactList({ records, totalCount, pages }: Page) {
  return { type: 'list', data: records, total_count: totalCount, pages }
}
