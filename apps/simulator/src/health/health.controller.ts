import { Controller, Get } from '@nestjs/common'

/** Where the other processes tell how they are, too; the simulator depends on nothing. */
@Controller('health')
export class HealthController {
  @Get(['live', 'ready'])
  health() {
    return { status: 'up', checks: {} }
  }
}
