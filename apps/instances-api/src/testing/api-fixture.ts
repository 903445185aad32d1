import { Accounts, Instances, type Instance } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import type { InstanceBody } from '../instances/instance.dto.js'
import { authorizationOf, RunningApi } from './running-api.js'
import { contentIContact, contentIntercom, VendorStandIn } from './vendor-stand-in.js'

/** The settings of an instance whose events, which come by webhooks, are called back. */
export const callingBack = {
  'event.notification.enabled': true,
  'event.vendor.type': 'webhooks',
  'event.notification.callback.url': 'https://receiver.example/events',
}

/** What a spec of this API stands on: a database, a vendor that is content, and the API over both. */
export interface ApiFixture {
  readonly database: TestDatabase
  readonly vendor: VendorStandIn
  readonly vendorUrl: string
  readonly api: RunningApi
  /** How somebody of another account calls. */
  readonly stranger: string
  /** How the account calls for an instance, by its Element token. */
  authorizationBy(instance: Pick<InstanceBody, 'token'>): string
  /** Connects an Intercom account with an access token, and expects that to work. */
  create(
    changes?: Record<string, unknown>,
    configuration?: Record<string, unknown>,
    authorization?: string,
  ): Promise<InstanceBody>
  createIContact(configuration?: Record<string, unknown>): Promise<InstanceBody>
  /** As it is stored, decrypted. */
  stored(id: number): Promise<Instance | null>
}

/** Starts a fixture before the tests of a file, and ends it after them. */
export function apiFixture(environment: (vendorUrl: string) => Record<string, string> = () => ({})): ApiFixture {
  const vendor = new VendorStandIn()
  const parts: { database?: TestDatabase; api?: RunningApi; vendorUrl?: string; stranger?: string } = {}
  const started = <Name extends keyof typeof parts>(name: Name): NonNullable<(typeof parts)[Name]> => {
    const part = parts[name]
    if (part === undefined) throw new Error(`the fixture's ${name} is there in tests and hooks only`)
    return part
  }

  beforeAll(async () => {
    parts.database = await testDatabase()
    parts.vendorUrl = await vendor.start()
    contentIntercom(vendor)
    contentIContact(vendor)
    parts.api = await RunningApi.start({
      DATABASE_URL: parts.database.url,
      CONNECTOR_INTERCOM_BASE_URL: parts.vendorUrl,
      CONNECTOR_ICONTACT_BASE_URL: parts.vendorUrl,
      ...environment(parts.vendorUrl),
    })
    parts.stranger = authorizationOf(await parts.api.app.get(Accounts).create())
  })

  afterAll(async () => {
    await parts.api?.close()
    await vendor.stop()
    await parts.database?.drop()
  })

  const connect = async (body: object, authorization?: string): Promise<InstanceBody> => {
    const answer = await started('api').call('POST', '/instances', { body, ...(authorization && { authorization }) })
    expect([answer.status, answer.body]).toMatchObject([200, {}])
    return answer.body as InstanceBody
  }

  return {
    vendor,
    get database() {
      return started('database')
    },
    get vendorUrl() {
      return started('vendorUrl')
    },
    get api() {
      return started('api')
    },
    get stranger() {
      return started('stranger')
    },
    authorizationBy: ({ token }) => `User ${started('api').account.userSecret}, Element ${token}`,
    create(changes = {}, configuration = {}, authorization) {
      const body = {
        element: { key: 'intercom' },
        name: 'Mine',
        configuration: { 'oauth.user.token': 'tok', 'oauth.api.secret': 'client-secret', ...configuration },
        ...changes,
      }
      return connect(body, authorization)
    },
    createIContact(configuration = {}) {
      const credentials = { 'api.version': '2.2', AppID: 'app', 'api.username': 'u', 'api.password': 'p' }
      const body = { element: { key: 'icontact' }, name: 'Mine', configuration: { ...credentials, ...configuration } }
      return connect(body)
    },
    stored: id => started('api').app.get(Instances).byId(id),
  }
}
