import { Accounts, Instances, type AddedAccount } from '#instances'
import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()
let sibling: AddedAccount

beforeAll(async () => {
  const { accountId, companyId, userId } = here.api.account
  sibling = (await here.api.app.get(Accounts).createIn(companyId, { name: 'Sibling' }))!
  const instances = here.api.app.get(Instances)
  const draft = { elementKey: 'intercom', identity: null, vendorTokenExpiresAt: null, configuration: {} }
  for (const name of ['One', 'Two', 'Three']) {
    await instances.create({ ...draft, accountId, companyId, userId, name, tags: [name] })
  }
  await instances.create({ ...draft, ...sibling, name: 'Theirs', tags: [] })
})

test('the caller’s account is listed alone, and read by its id; any other is 404', async () => {
  const { accountId, companyId } = here.api.account
  const account = { id: accountId, name: 'Test', companyId, createdDate: expect.stringMatching(/Z$/) as unknown }
  const list = await here.api.call('GET', '/accounts')
  expect([list.status, list.body]).toEqual([200, [account]])
  expect(list.headers.get('elements-returned-count')).toBe('1')
  expect((await here.api.call('GET', `/accounts/${accountId}`)).body).toEqual(account)
  for (const id of [sibling.accountId, 999_999, 'x', `0${accountId}`]) {
    for (const path of [`/accounts/${id}`, `/accounts/${id}/instances`]) {
      expect([path, (await here.api.call('GET', path)).status]).toEqual([path, 404])
    }
  }
})

test('every user of an account sees it', async () => {
  const { accountId, organizationSecret } = here.api.account
  const user = await here.api.app.get(Accounts).createUser(accountId)
  const authorization = `User ${user?.userSecret}, Organization ${organizationSecret}`
  expect((await here.api.call('GET', '/accounts', { authorization })).body).toMatchObject([{ id: accountId }])
})

test('an account’s instances are listed as GET /instances does: filters, pages and headers', async () => {
  for (const path of ['/accounts/instances', `/accounts/${here.api.account.accountId}/instances`]) {
    const first = await here.api.call('GET', `${path}?pageSize=2`)
    const documented = await here.api.call('GET', '/instances?pageSize=2')
    expect(first.body).toMatchObject([{ name: 'One' }, { name: 'Two' }])
    expect(first.body).toEqual(documented.body)
    for (const header of ['elements-returned-count', 'elements-total-count', 'elements-next-page-token']) {
      expect([header, first.headers.get(header)]).toEqual([header, documented.headers.get(header)])
    }
    const next = first.headers.get('elements-next-page-token')
    expect((await here.api.call('GET', `${path}?pageSize=2&nextPage=${next}`)).body).toMatchObject([{ name: 'Three' }])
    expect((await here.api.call('GET', `${path}?tags[]=Two`)).body).toMatchObject([{ name: 'Two' }])
    expect((await here.api.call('GET', `${path}?searchText=Theirs`)).status).toBe(404)
    expect((await here.api.call('GET', `${path}?pageSize=0`)).status).toBe(400)
  }
})
