import type { EntityManager } from 'typeorm'

/** A user, without its secret: nobody has that but its owner. */
export interface User {
  userId: number
  name: string
  createdDate: Date
}

/** An account and those who may call for it. */
export interface Account {
  accountId: number
  name: string
  createdDate: Date
  users: User[]
}

/** An organization and its accounts; the database's word for it is company. */
export interface Organization {
  companyId: number
  name: string
  createdDate: Date
  accounts: Account[]
}

const organizationsSql = `
  select c.id as "companyId", c.name, c.created_at as "createdDate", coalesce(own.accounts, '[]') as accounts
  from company c
  left join lateral (
    select json_agg(json_build_object('accountId', a.id, 'name', a.name, 'createdDate', a.created_at,
                                      'users', coalesce(those.users, '[]')) order by a.id) as accounts
    from account a
    left join lateral (
      select json_agg(json_build_object('userId', u.id, 'name', u.name, 'createdDate', u.created_at)
                      order by u.id) as users
      from app_user u where u.account_id = a.id and u.deleted_at is null
    ) those on true
    where a.company_id = c.id
  ) own on true
  order by c.id`

/** Every organization with its accounts and their users, by id. */
export async function listOrganizations(manager: EntityManager): Promise<Organization[]> {
  const organizations = await manager.query<Organization[]>(organizationsSql)
  return organizations.map(organization => ({
    ...organization,
    accounts: organization.accounts.map(account => ({
      ...account,
      createdDate: new Date(account.createdDate),
      users: account.users.map(user => ({ ...user, createdDate: new Date(user.createdDate) })),
    })),
  }))
}
