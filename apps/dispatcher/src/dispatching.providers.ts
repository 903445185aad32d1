import { Dispatching } from './dispatching.js'
import { DirectionFinder } from './consumer/directions.js'
import { Intake } from './consumer/intake.js'
import { Reconciliation } from './consumer/reconciliation.js'
import { Attempts } from './lanes/attempts.js'
import { Lanes } from './lanes/lanes.js'
import { Loader } from './lanes/loader.js'
import { Membership } from './lanes/membership.js'
import { OutcomeWriter } from './lanes/outcome-writer.js'
import { Pacing } from './lanes/pacing.js'
import { DispatcherMetrics } from './metrics.js'
import { ReplayRunner } from './replays/replay-runner.js'
import { Callbacks } from './sending/callbacks.js'

/** The dispatcher without its ports: the log it reads, the targets it asks for, the way out. */
export const dispatching = [
  Attempts,
  Callbacks,
  DirectionFinder,
  Dispatching,
  DispatcherMetrics,
  Intake,
  Lanes,
  Loader,
  Membership,
  OutcomeWriter,
  Pacing,
  Reconciliation,
  ReplayRunner,
]
