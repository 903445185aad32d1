import { notFound } from '../errors.js'
import { withZuluDates } from '../webhooks/dates.js'
import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import { Records, type IntercomRecord } from './records.js'

/** Help-centre articles. */
export class Articles {
  readonly records: Records

  constructor(private readonly desk: Desk) {
    this.records = new Records(desk.clock)
  }

  create(fields: JsonObject = {}): IntercomRecord {
    const createdAt = fields['created_at'] ?? this.desk.clock.seconds()
    const article = this.records.put({
      type: 'article',
      id: this.desk.ids.short(),
      workspace_id: this.desk.workspace,
      title: 'An article',
      description: '',
      body: '<p></p>',
      author_id: 9608799,
      state: 'draft',
      created_at: createdAt,
      updated_at: createdAt,
      url: null,
      parent_id: null,
      parent_ids: [],
      parent_type: null,
      default_locale: 'en',
      ...fields,
    })
    this.desk.announce('article.created', withZuluDates(article))
    return article
  }

  update(id: string, fields: JsonObject = {}): IntercomRecord {
    return this.tell('article.updated', this.change(id, fields))
  }

  publish(id: string): IntercomRecord {
    return this.tell('article.published', this.change(id, { state: 'published' }))
  }

  unpublish(id: string): IntercomRecord {
    return this.tell('article.unpublished', this.change(id, { state: 'draft' }))
  }

  /** Deletes; the notification carries the whole article, whose `updated_at` is before its deletion. */
  delete(id: string): void {
    const article = this.mustGet(id)
    this.records.remove(id)
    this.tell('article.deleted', article)
  }

  mustGet(id: string): IntercomRecord {
    const article = this.records.get(id)
    if (!article) throw notFound()
    return article
  }

  private tell(topic: string, article: IntercomRecord): IntercomRecord {
    this.desk.announce(topic, withZuluDates(article))
    return article
  }

  private change(id: string, fields: JsonObject): IntercomRecord {
    this.mustGet(id)
    return this.records.change(id, { updated_at: this.desk.clock.seconds(), ...fields, id }) ?? this.mustGet(id)
  }
}
