import { start } from '#platform'
import { InstancesApiModule } from './instances-api.module.js'

await start('instances-api', InstancesApiModule)
