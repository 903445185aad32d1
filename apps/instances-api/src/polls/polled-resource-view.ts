import type { ResourceRow } from './polled-resources.js'
import type { LastPollBody, PolledResourceBody, PollUnderWayBody } from './polled-resource.dto.js'

/** A polled resource as the API shows it. */
export function polledResourceView(row: ResourceRow): PolledResourceBody {
  const { instanceId, instanceName, elementKey, resource, state, troubles, pausedAt } = row
  const { nextPoll, watermark, lagSeconds, failures, overruns } = row
  return {
    ...{ instanceId, instanceName, elementKey, resource, state, troubles },
    ...{ lastPoll: lastPollOf(row), pollUnderWay: underWayOf(row), nextPoll, watermark, lagSeconds },
    ...{ failures, overruns, pausedAt, pausedBecause: pausedAt && whyPaused(row) },
  }
}

function lastPollOf({ polledAt, tookMs, pages, records, events, error }: ResourceRow): LastPollBody | null {
  if (!polledAt) return null
  const startedAt = tookMs === null ? null : new Date(polledAt.getTime() - tookMs)
  return { startedAt, finishedAt: polledAt, tookMs, pages, records, events, error }
}

function underWayOf(row: ResourceRow): PollUnderWayBody | null {
  const { runId, runStartedAt, runPages, runRecords, runEvents, runError } = row
  if (runId === null || !runStartedAt) return null
  const counts = { pages: runPages ?? 0, records: runRecords ?? 0, events: runEvents ?? 0 }
  return { runId, startedAt: runStartedAt, ...counts, error: runError }
}

/** A single failure that paused it was one that only a person can mend. */
function whyPaused({ failures, error }: ResourceRow): string {
  const last = error ?? 'the reason was not kept'
  return failures > 1 ? `${failures} runs failed in a row, the last one: ${last}` : last
}
