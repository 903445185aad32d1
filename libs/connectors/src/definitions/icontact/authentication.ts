import type { AuthenticationDefinition, ConfigurationField, IdentifyStep } from '../../definition.js'

export const authentication: AuthenticationDefinition = {
  type: 'custom',
  headers: {
    'API-Version': '{api.version}',
    'API-AppId': '{AppID}',
    'API-Username': '{api.username}',
    'API-Password': '{api.password}',
  },
}

/** Everything else stands below an account and one of its folders. */
export const identify: IdentifyStep[] = [
  {
    path: '/a/',
    items: 'accounts',
    // "1" and 1 are both sent.
    where: { enabled: 1 },
    chosenBy: { accountId: 'account.id' },
    variables: { accountId: 'accountId' },
  },
  {
    path: '/a/{accountId}/c/',
    items: 'clientfolders',
    chosenBy: { clientFolderId: 'client.folder.id' },
    variables: { clientFolderId: 'clientFolderId' },
  },
]

export const fields: ConfigurationField[] = [
  { key: 'api.version', label: 'API Version', description: '2.2', type: 'TEXTFIELD_32', required: true },
  { key: 'AppID', label: 'AppId', description: 'The API-AppId', type: 'TEXTFIELD_128', required: true },
  { key: 'api.username', label: 'API-Username', type: 'TEXTFIELD_128', required: true },
  {
    key: 'api.password',
    label: 'API-Password',
    description: "The application's password, not the login's",
    type: 'PASSWORD',
    required: true,
    secret: true,
  },
  { key: 'account.id', label: 'Account', description: 'Default: the first enabled one', type: 'TEXTFIELD_32' },
  { key: 'client.folder.id', label: 'Client Folder', description: 'Default: the first one', type: 'TEXTFIELD_32' },
]
