import type { Vault } from '#vault'
import { createHash } from 'node:crypto'
import { isEncrypted } from './configuration.js'
import type { InstanceEntity } from './instance.entity.js'
import type { Configuration, Instance } from './instance.js'

/** What an instance's `secrets` column holds, sealed. */
interface Secrets {
  token: string
  doorKey: string
  configuration: Record<string, string>
  /** Absent: none. The instants as ISO texts. */
  retiredSignatureKeys?: { key: string; until: string }[]
}

/** What of an instance its row's `configuration` and `secrets` are made from. */
export type Sealable = Pick<Instance, 'id' | 'configuration' | 'token' | 'retiredSignatureKeys'> & { doorKey: string }

/** The columns an `Instance` is read from. */
export type InstanceRow = Pick<
  InstanceEntity,
  | 'id'
  | 'accountId'
  | 'companyId'
  | 'userId'
  | 'elementKey'
  | 'name'
  | 'tags'
  | 'configuration'
  | 'secrets'
  | 'identity'
  | 'vendorTokenExpiresAt'
  | 'vendorRefusal'
  | 'events'
  | 'disabled'
  | 'traceLogging'
  | 'externalAuthentication'
  | 'version'
  | 'revision'
  | 'createdAt'
  | 'deletedAt'
>

/** Binds the sealed bytes to their row: copied into another one, they don't open. */
function context(id: number): string {
  return `instance:${id}:secrets`
}

/** The configuration's two halves as stored, and what they are found by. */
export function sealedColumns(
  vault: Vault,
  instance: Sealable,
  secretFields: ReadonlySet<string>,
): Pick<InstanceEntity, 'configuration' | 'secrets' | 'oauthClientHash'> {
  const open: Record<string, string | null> = {}
  const hidden: Record<string, string> = {}
  for (const [key, value] of Object.entries(instance.configuration)) {
    if (value !== null && (isEncrypted(key) || secretFields.has(key))) hidden[key] = value
    else open[key] = value
  }
  const retired = instance.retiredSignatureKeys.map(({ key, until }) => ({ key, until: until.toISOString() }))
  const secrets: Secrets = {
    ...{ token: instance.token, doorKey: instance.doorKey, configuration: hidden },
    ...(retired.length > 0 && { retiredSignatureKeys: retired }),
  }
  const client = instance.configuration['oauth.api.key']
  return {
    configuration: open,
    secrets: vault.seal(JSON.stringify(secrets), context(instance.id)),
    oauthClientHash: client ? oauthClientHash(client) : null,
  }
}

/** An instance's row, opened. `verifiable` tells whether a webhook could be verified with a configuration. */
export function openRow(
  vault: Vault,
  row: InstanceRow,
  verifiable: (configuration: Configuration) => boolean,
): { instance: Instance; doorKey: string } {
  const secrets = JSON.parse(vault.open(row.secrets, context(row.id))) as Secrets
  const configuration = { ...row.configuration, ...secrets.configuration }
  const instance: Instance = {
    id: row.id,
    accountId: row.accountId,
    companyId: row.companyId,
    userId: row.userId,
    elementKey: row.elementKey,
    name: row.name,
    tags: row.tags,
    configuration,
    identity: row.identity ?? { variables: {} },
    identified: row.identity !== null,
    events: row.events,
    disabled: row.disabled,
    traceLogging: row.traceLogging,
    externalAuthentication: row.externalAuthentication,
    deletedAt: row.deletedAt,
    version: row.version,
    revision: row.revision,
    createdAt: row.createdAt,
    token: secrets.token,
    vendorTokenExpiresAt: row.vendorTokenExpiresAt,
    vendorRefusal: row.vendorRefusal,
    retiredSignatureKeys: (secrets.retiredSignatureKeys ?? []).map(({ key, until }) => ({
      key,
      until: new Date(until),
    })),
    ...(verifiable(configuration) ? {} : { doorKey: secrets.doorKey }),
  }
  return { instance, doorKey: secrets.doorKey }
}

/** OAuth client ids are encrypted too, so routing compares their hashes. */
export function oauthClientHash(client: string): Buffer {
  return createHash('sha256').update(client).digest()
}
