import type { Replay } from '#deliveries'
import type { ReplayBody } from './replay.dto.js'

/** A replay as the API and the command line show it. */
export function replayView({ id, subscriptionId, createdAt, updatedAt, finishedAt, ...replay }: Replay): ReplayBody {
  return {
    replayId: Number(id),
    ...replay,
    subscriptionId: subscriptionId === null ? null : Number(subscriptionId),
    ...{ createdDate: createdAt, updatedDate: updatedAt, finishedDate: finishedAt },
  }
}
