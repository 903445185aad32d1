import type { ApiDefinition, AuthenticationDefinition, ConfigurationField, IdentifyStep } from '../../definition.js'

/** A workspace lives in one region, and only that region's hosts know it. */
export const sites: ApiDefinition['sites'] = [
  {
    name: 'US',
    addresses: ['app.intercom.com', 'api.intercom.io', 'intercom.com', 'app'],
    api: 'https://api.intercom.io',
    authorize: 'https://app.intercom.com/oauth',
    token: 'https://api.intercom.io/auth/eagle/token',
  },
  {
    name: 'EU',
    addresses: ['app.eu.intercom.com', 'api.eu.intercom.io', 'eu.intercom.com', 'app.eu'],
    api: 'https://api.eu.intercom.io',
    authorize: 'https://app.eu.intercom.com/oauth',
    token: 'https://api.eu.intercom.io/auth/eagle/token',
  },
  {
    name: 'AU',
    addresses: ['app.au.intercom.com', 'api.au.intercom.io', 'au.intercom.com', 'app.au'],
    api: 'https://api.au.intercom.io',
    authorize: 'https://app.au.intercom.com/oauth',
    token: 'https://api.au.intercom.io/auth/eagle/token',
  },
]

export const authentication: AuthenticationDefinition = {
  type: 'oauth2',
  headers: { authorization: 'Bearer {oauth.user.token}' },
  oauth2: {
    // There is no scope: permissions are chosen in the Developer Hub.
    authorize: { client_id: '{apiKey}', state: '{state}', redirect_uri: '{callbackUrl}' },
    // Tokens live until they are revoked, so there is nothing to refresh.
    token: {
      encoding: 'json',
      parameters: { code: '{code}', client_id: '{apiKey}', client_secret: '{apiSecret}' },
      accessToken: ['access_token', 'token'],
    },
  },
}

export const identify: IdentifyStep[] = [
  { path: '/me', workspace: 'app.id_code', timeZone: 'app.timezone', site: 'app.region' },
]

export const fields: ConfigurationField[] = [
  { key: 'authentication.type', label: 'Authentication Type', type: 'COMBO', options: ['oauth2'], default: 'oauth2' },
  {
    key: 'oauth.api.key',
    label: 'OAuth API Key',
    description: "The app's Client ID, from the Developer Hub",
    type: 'TEXTFIELD_1000',
    required: true,
    requiredUnless: 'oauth.user.token',
    secret: true,
  },
  {
    key: 'oauth.api.secret',
    label: 'OAuth API Secret',
    description: "The app's Client Secret, which also signs its webhooks",
    type: 'PASSWORD',
    required: true,
    requiredUnless: 'oauth.user.token',
    secret: true,
  },
  {
    key: 'oauth.callback.url',
    label: 'OAuth Callback URL',
    description: 'Where Intercom sends people who granted access',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'siteAddress',
    label: 'Region',
    description: "The workspace's region; found out where it isn't given",
    type: 'COMBO',
    options: ['US', 'EU', 'AU'],
  },
  {
    key: 'oauth.user.token',
    label: 'Access Token',
    description: 'Instead of OAuth',
    type: 'PASSWORD',
    secret: true,
  },
  { key: 'oauth.user.refresh_token', label: 'Refresh Token', type: 'PASSWORD', secret: true },
  { key: 'oauth.user.refresh_time', label: 'Refresh Time', type: 'TEXTFIELD_64' },
  { key: 'oauth.user.refresh_interval', label: 'Refresh Interval', type: 'TEXTFIELD_64' },
  { key: 'oauth.scope', label: 'OAuth Scope', type: 'TEXTFIELD_1000' },
]
