/** What may be wrong with a polled resource; several may be at once. A disabled instance's have none. */
export const troubles = ['paused', 'failing', 'throttled', 'overrunning', 'overdue'] as const
export type Trouble = (typeof troubles)[number]

/**
 * Which rows of polled_resource (r) and polled_instance (p) have it. Showing and finding go by the same words, and
 * finding by an index of the few that have it: polled_resource_troubled, polled_instance_not_before, polled_instance_due.
 */
export const having: Record<Trouble, string> = {
  paused: `r.configured and p.enabled and r.paused_at is not null`,
  failing: `r.configured and p.enabled and r.failures > 0 and r.paused_at is null`,
  throttled: `r.configured and p.enabled and p.not_before > now() and r.paused_at is null`,
  overrunning: `r.configured and p.enabled and r.overrunning and r.paused_at is null`,
  // A minute is nothing: places of pollers are taken now and then.
  overdue: `r.configured and p.enabled and p.due_at < now() - interval '1 minute'
      and r.next_due < now() - interval '1 minute' and r.paused_at is null`,
}
