import type { Connector } from '#connectors'
import { configurationId } from '../configuration/configuration-id.js'
import type { ConfigurationEntry, ElementBody, ElementMetadata, ElementWithConfiguration } from './element.dto.js'

/** An element as an instance's JSON shows it. What this service hasn't got is false, as clients expect the members. */
export function elementView({ definition }: Connector): ElementBody {
  const { id, key, name, description, hub, authentication, image } = definition
  return {
    ...{ id, name, key, description, image: image ?? `elements/provider_${key}.png` },
    ...{ active: true, deleted: false, typeOauth: authentication.type === 'oauth2', trialAccount: false },
    ...{ resources: [], transformationsEnabled: false, bulkDownloadEnabled: false, bulkUploadEnabled: false },
    ...{ cloneable: false, extendable: false, beta: false, authentication: { type: authentication.type } },
    ...{ extended: false, hub, protocolType: 'http', parameters: [], private: false },
  }
}

/** An element as `GET /elements` lists it. */
export function elementWithConfiguration(connector: Connector): ElementWithConfiguration {
  return { ...elementView(connector), configuration: configurationEntries(connector) }
}

export function configurationEntries({ fields }: Connector): ConfigurationEntry[] {
  return fields.map((field, at) => ({
    ...{ id: configurationId(field.key), name: field.label, key: field.key, description: field.description ?? '' },
    ...{ defaultValue: field.default ?? null, resellerConfig: false, companyConfig: false, active: true },
    ...{ internal: false, groupControl: false, displayOrder: at, type: field.type, hideFromConsole: false },
    required: field.required ?? false,
    ...(field.options && { options: field.options }),
  }))
}

export function metadataView({ definition: { id, key, name }, metadata }: Connector): ElementMetadata {
  return { id, key, name, events: metadata }
}
