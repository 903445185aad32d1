import type { Repository, SelectQueryBuilder } from 'typeorm'
import type { InstanceEntity } from './instance.entity.js'

/** Which of an account's instances to list; deleted ones are never among them. */
export interface InstanceFilter {
  accountId: number
  elementKey?: string
  /** An instance must carry all of them. */
  tags?: readonly string[]
  /** Found in the name, the element's key or a tag, whatever the case. */
  searchText?: string
  /** Only ids above this one. */
  afterId?: number
}

/**
 * Asks for the first of an account's instances by ascending id. Reads no more of them than the page needs, than carry the
 * rarest tag, or than may hold the text, as far as the planner can tell.
 */
export function pageQuery(
  repository: Repository<InstanceEntity>,
  filter: InstanceFilter,
  limit: number,
): SelectQueryBuilder<InstanceEntity> {
  // Not by equality, which would make account_id needless in the order: then the planner likes to walk the primary key,
  // past all that other accounts have.
  const query = repository
    .createQueryBuilder('i')
    .where('i.account_id between :accountId and :accountId and i.deleted_at is null', { accountId: filter.accountId })
    .orderBy({ 'i.account_id': 'ASC', 'i.id': 'ASC' })
    .limit(limit)
  if (filter.afterId !== undefined) query.andWhere('i.id > :afterId', { afterId: filter.afterId })
  return narrowed(query, filter)
}

/** How many instances the filter finds on all pages; null where that is more than `most`, which are all it looks at. */
export async function countUpTo(
  repository: Repository<InstanceEntity>,
  filter: InstanceFilter,
  most: number,
): Promise<number | null> {
  const query = repository
    .createQueryBuilder('i')
    .select('1')
    .where('i.account_id = :accountId and i.deleted_at is null', { accountId: filter.accountId })
    .limit(most + 1)
  const [sql, parameters] = narrowed(query, filter).getQueryAndParameters()
  const [counted] = await repository.query<[{ count: number }]>(
    `select count(*)::integer as count from (${sql}) found`,
    parameters,
  )
  return counted.count > most ? null : counted.count
}

function narrowed(
  query: SelectQueryBuilder<InstanceEntity>,
  { elementKey, tags, searchText }: InstanceFilter,
): SelectQueryBuilder<InstanceEntity> {
  if (elementKey) query.andWhere('i.element_key = :elementKey', { elementKey })
  if (tags?.length) query.andWhere('i.tags @> cast(:tags as text[])', { tags })
  if (searchText) {
    const pattern = `%${searchText.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
    query.andWhere('i.search_text like :pattern', { pattern })
  }
  return query
}

/** What a `searchText` is looked for in. In lower case here, since the database's collation may know only ASCII. */
export function searchTextOf({ name, elementKey, tags }: Pick<InstanceEntity, 'name' | 'elementKey' | 'tags'>): string {
  return [name, elementKey, ...tags].join('\n').toLowerCase()
}
