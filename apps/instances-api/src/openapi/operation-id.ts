/** What a method of a controller does, as clients call it. */
const verbs: Record<string, string> = {
  one: 'get',
  change: 'update',
  remove: 'delete',
}

/** Controllers that are not named after what their operations are about. */
const things: Record<string, string> = {
  InstanceSwitchesController: 'Instances',
}

/** Operations that are not named after their controller and method. */
const named: Record<string, string> = {
  'AccountSettingsController.get': 'getAccountSettings',
  'AccountSettingsController.add': 'updateAccountSettings',
  'AccountSettingsController.getOf': 'getSettingsOfAccount',
  'AccountSettingsController.postTo': 'addSettingsOfAccount',
  'AccountSettingsController.addTo': 'updateSettingsOfAccount',
  'AccountSettingsController.post': 'addAccountSettings',
  'AccountsController.instancesOf': 'listInstancesOfAccount',
  'AccountsController.instancesOfCaller': 'listAccountInstances',
  'AnalyticsController.all': 'countEvents',
  'AnalyticsController.ofAccounts': 'countEventsOfAccounts',
  'AnalyticsController.ofInstances': 'countEventsOfInstances',
  'ConfigurationController.list': 'listConfiguration',
  'ConfigurationController.listCallers': 'listConfigurationOfToken',
  'DeliveriesController.get': 'listDeliveries',
  'DeliveriesController.redeliver': 'sendQueuedDeliveries',
  'ElementsController.configuration': 'listElementConfiguration',
  'ElementsController.configurationByName': 'listConfigurationOfElement',
  'ElementsController.metadata': 'getElementMetadata',
  'EventsController.list': 'listInstanceEvents',
  'EventsController.ofInstance': 'getInstanceEvent',
  'HubsController.listOfHub': 'listHubRecords',
  'HubsController.oneOfHub': 'getHubRecord',
  'HubsController.childrenOfHub': 'listHubChildRecords',
  'HubsController.list': 'listRecords',
  'HubsController.one': 'getRecord',
  'HubsController.children': 'listChildRecords',
  'HubsController.childOfHub': 'getHubChildRecord',
  'HubsController.child': 'getChildRecord',
  'InstanceObjectsController.list': 'listObjectsOfInstance',
  'InstanceObjectsController.definition': 'getObjectDefinition',
  'InstanceObjectsController.transformations': 'listTransformations',
  'InstanceObjectsController.transformation': 'getTransformation',
  'InstanceObjectsController.listCallers': 'listObjectsOfToken',
  'InstanceObjectsController.definitionOfCallers': 'getObjectDefinitionOfToken',
  'InstanceObjectsController.transformationsOfCallers': 'listTransformationsOfToken',
  'InstanceObjectsController.transformationOfCallers': 'getTransformationOfToken',
  'InstanceSwitchesController.traceOff': 'disableTraceLogging',
  'InstanceSwitchesController.traceOffCallers': 'disableTraceLoggingOfToken',
  'InstanceSwitchesController.traceOn': 'enableTraceLogging',
  'InstanceSwitchesController.traceOnCallers': 'enableTraceLoggingOfToken',
  'OAuthController.ofOwnApplication': 'getDefaultOAuthUrl',
  'OAuthController.ofOwnApplicationByBody': 'getDefaultOAuthUrlByBody',
  'OAuthController.requestToken': 'getOAuthRequestToken',
  'ObjectsController.list': 'listObjects',
  'ObjectsController.listOfHub': 'listHubObjects',
  'ObjectsController.metadata': 'getObjectMetadata',
  'ObjectsController.metadataOfHub': 'getHubObjectMetadata',
  'OAuthController.byQuery': 'getOAuthUrl',
  'OAuthController.byBody': 'getOAuthUrlByBody',
  'ResourceDocsController.ofElement': 'getElementDocs',
  'ResourceDocsController.ofInstance': 'getInstanceDocs',
  'ResourceDocsController.operation': 'getInstanceOperationDocs',
  'ResourceDocsController.definitions': 'getInstanceOperationDefinitions',
  'ResourceDocsController.ofCallers': 'getInstanceDocsOfToken',
  'ResourceDocsController.operationOfCallers': 'getInstanceOperationDocsOfToken',
  'ResourceDocsController.definitionsOfCallers': 'getInstanceOperationDefinitionsOfToken',
  'PollingDisabledController.list': 'listPausedResources',
  'PollsController.pollNow': 'pollInstance',
  'PollsController.runs': 'listPolls',
  'PollsController.run': 'getPoll',
  'PollsController.resources': 'listPolledResources',
  'PollsController.resume': 'resumePolls',
}

/**
 * The name that generated clients give an operation: `InstancesController.list` is `listInstances`, `.one`
 * `getInstance`, and `.changeCallers` `updateInstanceOfToken`.
 */
export function operationId(controller: string, method: string): string {
  const own = named[`${controller}.${method}`]
  if (own !== undefined) return own
  const [, word = method, ofToken] = /^(.*?)((?:Of)?Callers)?$/.exec(method) ?? []
  const many = things[controller] ?? controller.replace(/Controller$/, '')
  const thing = many.replace(/ies$/, 'y').replace(/s$/, '')
  return `${verbs[word] ?? word}${word === 'list' ? many : thing}${ofToken ? 'OfToken' : ''}`
}
