import type { Connector } from '#connectors'
import { mask, type Instance } from '#instances'
import { isMasked } from '../instances/request/configuration-faults.js'
import { configurationId } from './configuration-id.js'
import type { InstanceConfigurationEntry } from './configuration.dto.js'

/** An instance's configuration as a list: every field of its element, then what else is kept. */
export function configurationView(
  { configuration }: Instance,
  connector: Connector | undefined,
): InstanceConfigurationEntry[] {
  const fields = connector?.fields ?? []
  const known = new Set(fields.map(({ key }) => key))
  const others = Object.keys(configuration).filter(key => !known.has(key))
  return [
    ...fields.map(({ key, label, description, type, required, default: byDefault }) => ({
      ...entry(key, configuration[key] ?? byDefault ?? null, connector),
      ...{ name: label, description: description ?? '', type, required: required ?? false },
    })),
    ...others.map(key => entry(key, configuration[key] ?? null, connector)),
  ]
}

function entry(key: string, value: string | null, connector: Connector | undefined): InstanceConfigurationEntry {
  const isSecret = isMasked(key, connector)
  return {
    ...{ id: configurationId(key), name: key, key, propertyValue: value !== null && isSecret ? mask : value },
    ...{ description: '', type: isSecret ? 'PASSWORD' : 'TEXTFIELD_1000' },
    ...{ hideFromConsole: false, required: false, active: true },
  }
}
