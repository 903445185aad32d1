const credentials = { 'oauth.api.key': 'client-id', 'oauth.api.secret': 'client-secret' }
const events = {
  'event.notification.enabled': true,
  'event.notification.callback.url': 'https://example.com/events',
  'event.notification.signature.key': 'a key of your own',
}

/** Bodies of `POST /instances`, for the OpenAPI document. */
export const createExamples = {
  webhooks: {
    summary: 'Intercom by webhooks, with the code of OAuth',
    value: {
      element: { key: 'intercom' },
      name: 'Support',
      tags: ['Marketing'],
      providerData: { code: 'the code' },
      configuration: {
        ...credentials,
        'oauth.callback.url': 'https://example.com/oauth',
        ...events,
        'event.vendor.type': 'webhooks',
      },
    },
  },
  polling: {
    summary: 'Intercom by polling, with an access token',
    value: {
      element: { key: 'intercom' },
      name: 'Support, polled',
      configuration: {
        'oauth.user.token': 'an access token',
        ...events,
        'event.vendor.type': 'polling',
        'event.poller.refresh_interval': '15',
        'event.poller.configuration': {
          conversations: {
            url: '/hubs/marketing/conversations?orderBy=updated_at desc',
            idField: 'id',
            datesConfiguration: { updatedDateField: 'updated_at', updatedDateFormat: 'timestamp' },
          },
        },
      },
    },
  },
  icontact: {
    summary: 'iContact by polling',
    value: {
      element: { key: 'icontact' },
      name: 'Newsletter',
      configuration: {
        'api.version': '2.2',
        AppID: 'the app',
        'api.username': 'a user',
        'api.password': 'its application password',
        ...events,
        'event.vendor.type': 'polling',
      },
    },
  },
}
