/**
 * What a vendor account has left, and who has to rest. Times go by the database's clock; everything given is in
 * milliseconds from now. `polls_rest_until` is never before `rest_until`.
 */

/**
 * Takes up to so many requests out of the present window; where that is over, a new one begins.
 * 1 account, 2 requests of a window, 3 window ms, 4 wanted, 5 kept back. `window_ends` is later than now in what returns.
 */
export const lease = {
  name: 'vendor_budget_lease',
  text: `
    insert into vendor_budget as b (account, window_ends, remaining, leased)
    values ($1, now() + $3 * interval '1 ms', $2::integer - greatest(0, least($4::integer, $2::integer - $5::integer)),
            greatest(0, least($4::integer, $2::integer - $5::integer)))
    on conflict (account) do update set
      window_ends = case when b.window_ends > now() then b.window_ends else now() + $3 * interval '1 ms' end,
      remaining = case when b.window_ends > now() then b.remaining else $2::integer end
        - greatest(0, least($4::integer, case when b.window_ends > now() then b.remaining else $2::integer end - $5::integer)),
      leased = greatest(0, least($4::integer, case when b.window_ends > now() then b.remaining else $2::integer end - $5::integer))
    returning leased, remaining, (extract(epoch from window_ends - now()) * 1000)::float8 as "windowMs"`,
}

/**
 * The vendor said what is left until when. A window whose end is later by more than `slack` is another one.
 * 1 account, 2 remaining, 3 ms until the window ends, 4 slack ms, 5 nobody is to ask until then, 6 no poll is.
 */
export const tell = {
  name: 'vendor_budget_tell',
  text: `
    insert into vendor_budget as b (account, window_ends, remaining, rest_until, polls_rest_until, rested_at)
    values ($1, now() + $3 * interval '1 ms', $2, case when $5 then now() + $3 * interval '1 ms' end,
            case when $5 or $6 then now() + $3 * interval '1 ms' end, case when $5 or $6 then now() end)
    on conflict (account) do update set
      window_ends = excluded.window_ends,
      remaining = case when b.window_ends < excluded.window_ends - $4 * interval '1 ms'
                       then excluded.remaining else least(b.remaining, excluded.remaining) end,
      rest_until = greatest(b.rest_until, excluded.rest_until),
      polls_rest_until = greatest(b.polls_rest_until, excluded.polls_rest_until),
      rested_at = coalesce(excluded.rested_at, b.rested_at)`,
}

/** The vendor wants no requests for a while. 1 account, 2 rest ms. */
export const rest = {
  name: 'vendor_budget_rest',
  text: `
    insert into vendor_budget as b (account, window_ends, remaining, rest_until, polls_rest_until, rested_at)
    values ($1, now(), 0, now() + $2 * interval '1 ms', now() + $2 * interval '1 ms', now())
    on conflict (account) do update set
      rest_until = greatest(b.rest_until, excluded.rest_until),
      polls_rest_until = greatest(b.polls_rest_until, excluded.polls_rest_until),
      rested_at = now()`,
}

/**
 * Who has to rest and wasn't known to. 1 the time of the last look, or null; what was written then may have committed a
 * little later. One row at least, for its time.
 */
export const rests = {
  name: 'vendor_budget_rests',
  text: `
    select clock.looked, b.account, (extract(epoch from b.rest_until - now()) * 1000)::float8 as "restMs",
           (extract(epoch from b.polls_rest_until - now()) * 1000)::float8 as "pollsRestMs"
    from (select now() as looked) clock
    left join vendor_budget b
      on b.rested_at > coalesce($1::timestamptz, '-infinity') - interval '10 s' and b.polls_rest_until > now()`,
}

export const sweep = {
  name: 'vendor_budget_sweep',
  text: `
    delete from vendor_budget
    where window_ends < now() - interval '1 day'
      and (polls_rest_until is null or polls_rest_until < now() - interval '1 day')`,
}
