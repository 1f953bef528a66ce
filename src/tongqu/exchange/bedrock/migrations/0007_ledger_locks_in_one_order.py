"""Posting locks every balance it will touch in one order before it writes, so that batches never deadlock.

Before, reversals and the stripes of popular accounts were locked as the batch came to them: eight writers with mixed
batches deadlocked some twice a second. Statements get an index by account and time, expiry one by its moment.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = r"""
-- A batch takes effect together: accounts made, balances locked by number, holds ended, moves, new holds. What is free
-- is judged after the moves, so the order in which a batch names them does not matter.
drop function bedrock_post(jsonb, jsonb, timestamptz, bigint);
create function bedrock_post(
  paying text[], reserving text[], receiving text[], kinds jsonb, entries jsonb, moment timestamptz, fact_no bigint
) returns bigint[] language plpgsql as $$
declare
  ended text[] := array(select x->>'hold' from jsonb_array_elements(entries) x where x ? 'hold');
  undone bigint[] := array(select (x->>'move')::bigint from jsonb_array_elements(entries) x where x->>'kind' = 'reverse');
  held text[] := array(select x->>'name' from jsonb_array_elements(entries) x where x->>'kind' = 'hold');
  wrong text;
  ids bigint[];
begin
  if (select count(*) from bedrock_account where path = any(paying || reserving || receiving)) < jsonb_array_length(kinds) then
    perform bedrock_open(kinds);
  end if;
  perform bedrock_lock(paying, reserving, receiving, ended, undone);

  if ended <> '{}' then
    select n.name into wrong from unnest(ended) n(name) where not exists (select 1 from bedrock_hold h where h.name = n.name);
    if found then raise exception 'unknown-hold' using detail = wrong; end if;
    select p.name into wrong from (
      select h.id, h.name, h.fen, sum((m->>'fen')::bigint) as paid, bool_and(m->>'source' = a.path) as from_source
      from jsonb_array_elements(entries) x join bedrock_hold h on h.name = x->>'hold'
      join bedrock_account a on a.id = h.source_id cross join lateral jsonb_array_elements(x->'moves') m
      where x->>'kind' = 'post' group by 1, 2, 3) p
    where p.paid > p.fen or not p.from_source limit 1;
    if found then raise exception 'hold-exceeded' using detail = wrong; end if;
    with done as (
      insert into bedrock_hold_end (hold_id, how, at, fact, memo)
      select h.id, case x->>'kind' when 'post' then 'posted' when 'void' then 'voided' else 'expired' end,
             moment, fact_no, x->>'memo'
      from jsonb_array_elements(entries) x join bedrock_hold h on h.name = x->>'hold'
      order by h.id on conflict (hold_id) do nothing returning hold_id)
    select n.name into wrong from unnest(ended) n(name) group by n.name
    having count(*) > 1 or n.name not in (select h.name from done join bedrock_hold h on h.id = done.hold_id) limit 1;
    if found then raise exception 'hold-ended' using detail = wrong; end if;
  end if;

  if undone <> '{}' then
    select n into wrong from unnest(undone) n where not exists (select 1 from bedrock_move m where m.id = n);
    if found then raise exception 'unknown-move' using detail = wrong; end if;
  end if;
  if ended = '{}' and undone = '{}' then  -- the usual batch, by the short way: it is on the path of most acts
    with written as (
      insert into bedrock_move (source_id, target_id, fen, memo, at, fact)
      select s.id, t.id, (e.x->>'fen')::bigint, e.x->>'memo', moment, fact_no
      from jsonb_array_elements(entries) with ordinality e(x, place)
      join bedrock_account s on s.path = e.x->>'source' join bedrock_account t on t.path = e.x->>'target'
      where e.x->>'kind' = 'move' order by place returning id)
    select array_agg(id order by id) into ids from written;
  else
    select * into ids, wrong from bedrock_write_moves(entries, undone, moment, fact_no);
    if wrong is not null then raise exception 'already-reversed' using detail = wrong; end if;
  end if;

  if held <> '{}' then
    with made as (
      insert into bedrock_hold (name, source_id, target_id, fen, until, memo, at, fact)
      select x->>'name', s.id, t.id, (x->>'fen')::bigint, (x->>'until')::timestamptz, x->>'memo', moment, fact_no
      from jsonb_array_elements(entries) x
      join bedrock_account s on s.path = x->>'source' join bedrock_account t on t.path = x->>'target'
      where x->>'kind' = 'hold' order by x->>'name' on conflict (name) do nothing returning name)
    select n into wrong from unnest(held) n group by n having count(*) > 1 or n not in (select name from made) limit 1;
    if found then raise exception 'hold-name-taken' using detail = wrong; end if;
  end if;
  return coalesce(ids, '{}');
end $$;

-- Moves, moves out of holds and reversals, numbered in the order of the entries; `undone_before` is a reversal too many.
create function bedrock_write_moves(
  entries jsonb, undone bigint[], moment timestamptz, fact_no bigint, out ids bigint[], out undone_before text
) language plpgsql as $$
begin
  with lines as (
    select e.place, 0::bigint as part, s.id as source, t.id as target, (e.x->>'fen')::bigint as fen, e.x->>'memo' as memo,
           null::bigint as hold, null::bigint as reverses
    from jsonb_array_elements(entries) with ordinality e(x, place)
    join bedrock_account s on s.path = e.x->>'source' join bedrock_account t on t.path = e.x->>'target'
    where e.x->>'kind' = 'move'
    union all
    select e.place, m.part, h.source_id, t.id, (m.y->>'fen')::bigint, m.y->>'memo', h.id, null
    from jsonb_array_elements(entries) with ordinality e(x, place) join bedrock_hold h on h.name = e.x->>'hold'
    cross join lateral jsonb_array_elements(e.x->'moves') with ordinality m(y, part)
    join bedrock_account t on t.path = m.y->>'target'
    where e.x->>'kind' = 'post'
    union all
    select e.place, 0, r.target_id, r.source_id, r.fen, e.x->>'memo', null, r.id
    from jsonb_array_elements(entries) with ordinality e(x, place) join bedrock_move r on r.id = (e.x->>'move')::bigint
    where e.x->>'kind' = 'reverse'
  ), written as (
    insert into bedrock_move (source_id, target_id, fen, memo, at, fact, hold_id, reverses_id)
    select source, target, fen, memo, moment, fact_no, hold, reverses from lines order by place, part
    on conflict (reverses_id) do nothing returning id, reverses_id)
  select array_agg(id order by id),
         (select n::text from unnest(undone) n group by n
          having count(*) > 1 or n not in (select reverses_id from written where reverses_id is not null) limit 1)
  into ids, undone_before from written;
end $$;

create function bedrock_open(kinds jsonb) returns void language plpgsql as $$
begin
  insert into bedrock_account (path, may_overdraw, popular)
    select k.path, k.may_overdraw, k.popular
    from jsonb_to_recordset(kinds) as k(path text, may_overdraw boolean, popular boolean) order by k.path
    on conflict (path) do nothing;
  insert into bedrock_balance (account_id, stripe, posted, held, may_overdraw)
    select a.id, s, 0, 0, a.may_overdraw from bedrock_account a
    join jsonb_to_recordset(kinds) as k(path text) on k.path = a.path
    cross join lateral generate_series(0, case when a.popular then 7 else 0 end) s
    order by a.id, s on conflict (account_id, stripe) do nothing;
end $$;

-- Most accounts have one stripe. A popular one that receives, or stands for the outside world, is locked on the stripe of
-- this connection only; one that pays out of what it has is locked whole, and gathers its stripes into the first.
-- What is held is always kept on the first.
create function bedrock_lock(paying text[], reserving text[], receiving text[], ended text[], undone bigint[])
returns void language plpgsql as $$
declare
  whole bigint[];
  mine bigint[];
  first bigint[];
  gathering bigint[];
  payer bigint;
begin
  if ended <> '{}' or undone <> '{}' then
    reserving := reserving || array(
      select a.path from bedrock_hold h join bedrock_account a on a.id = h.source_id where h.name = any(ended));
    paying := paying || array(
      select a.path from bedrock_move m join bedrock_account a on a.id = m.target_id where m.id = any(undone));
    receiving := receiving || array(
      select a.path from bedrock_move m join bedrock_account a on a.id = m.source_id where m.id = any(undone));
  end if;
  select coalesce(array_agg(id) filter (where not popular or gathers), '{}'), coalesce(array_agg(id) filter (where popular), '{}'),
         coalesce(array_agg(id) filter (where popular and path = any(reserving)), '{}'),
         coalesce(array_agg(id) filter (where gathers), '{}')
    into whole, mine, first, gathering
    from (select id, path, popular, popular and not may_overdraw and path = any(paying || reserving) as gathers
          from bedrock_account where path = any(paying || reserving || receiving)) a;
  perform 1 from bedrock_balance
    where account_id = any(whole || mine)
      and (account_id = any(whole) or stripe = bedrock_stripe() or stripe = 0 and account_id = any(first))
    order by account_id, stripe for no key update;
  foreach payer in array gathering loop
    update bedrock_balance b set posted = b.posted + rest.posted
      from (select sum(posted) as posted from bedrock_balance where account_id = payer and stripe > 0) rest
      where b.account_id = payer and b.stripe = 0 and rest.posted <> 0;
    update bedrock_balance set posted = 0 where account_id = payer and stripe > 0 and posted <> 0;
  end loop;
end $$;
drop function bedrock_gather(text);

-- The constraint would refuse as well; this says whose account it is and what is missing, in any language of the server.
create function bedrock_says_whose() returns trigger language plpgsql as $$
begin
  raise exception 'overdraft' using errcode = 'check_violation', constraint = 'no_overdraft', detail = (
    select json_build_object('path', a.path, 'available_fen', old.posted - old.held, 'short_fen', new.held - new.posted)
    from bedrock_account a where a.id = new.account_id);
end $$;
create trigger bedrock_balance_says_whose before update on bedrock_balance
  for each row when (not new.may_overdraw and new.posted < new.held) execute function bedrock_says_whose();

-- Moves and holds point to accounts by number: an account keeps its number, its path and its kind.
create trigger bedrock_account_is_kept before update or delete or truncate on bedrock_account
  for each statement execute function bedrock_no_change();
create trigger bedrock_balance_is_kept before delete or truncate on bedrock_balance
  for each statement execute function bedrock_no_change();
"""

BACKWARD = r"""
drop trigger bedrock_balance_is_kept on bedrock_balance;
drop trigger bedrock_account_is_kept on bedrock_account;
drop trigger bedrock_balance_says_whose on bedrock_balance;
drop function bedrock_says_whose();
drop function bedrock_lock(text[], text[], text[], text[], bigint[]);
drop function bedrock_open(jsonb);
drop function bedrock_write_moves(jsonb, bigint[], timestamptz, bigint);
drop function bedrock_post(text[], text[], text[], jsonb, jsonb, timestamptz, bigint);
"""


def before() -> str:
    """What stood before, for the way back: the posting functions of 0004."""
    from importlib import import_module

    sql = import_module("tongqu.exchange.bedrock.migrations.0004_ledger_posts_and_is_kept").FORWARD
    return BACKWARD + sql[sql.index("create function bedrock_post(") :]


def _account() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bedrock.account"
    )


class Migration(migrations.Migration):

    dependencies = [("bedrock", "0006_errands_are_claimed")]

    operations = [
        migrations.RunSQL(FORWARD, before()),
        migrations.AlterField("moverow", "source", _account()),
        migrations.AlterField("moverow", "target", _account()),
        migrations.AddIndex("moverow", models.Index(fields=["source", "at", "id"], name="moves_out")),
        migrations.AddIndex("moverow", models.Index(fields=["target", "at", "id"], name="moves_in")),
        migrations.AddIndex(
            "holdrow",
            models.Index(fields=["until"], condition=models.Q(("until__isnull", False)), name="holds_by_their_end"),
        ),
    ]
