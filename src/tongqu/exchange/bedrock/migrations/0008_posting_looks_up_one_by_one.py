"""Posting looks up each hold and account that a batch names, and no other.

Before, the server joined the batch with the whole tables, of whose part in it it knew nothing: to end one hold among some
thousand took a reading of them all. `limit 1` in the look-ups keeps them what they are. A batch without moves writes none.
"""

from importlib import import_module

from django.db import migrations

FORWARD = r"""
create or replace function bedrock_post(
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
      from jsonb_array_elements(entries) x
      cross join lateral (select * from bedrock_hold where name = x->>'hold' limit 1) h
      join bedrock_account a on a.id = h.source_id cross join lateral jsonb_array_elements(x->'moves') m
      where x->>'kind' = 'post' group by 1, 2, 3) p
    where p.paid > p.fen or not p.from_source limit 1;
    if found then raise exception 'hold-exceeded' using detail = wrong; end if;
    with done as (
      insert into bedrock_hold_end (hold_id, how, at, fact, memo)
      select h.id, case x->>'kind' when 'post' then 'posted' when 'void' then 'voided' else 'expired' end,
             moment, fact_no, x->>'memo'
      from jsonb_array_elements(entries) x
      cross join lateral (select id from bedrock_hold where name = x->>'hold' limit 1) h
      order by h.id on conflict (hold_id) do nothing returning hold_id)
    select n.name into wrong from unnest(ended) n(name) group by n.name
    having count(*) > 1 or n.name not in (select h.name from done join bedrock_hold h on h.id = done.hold_id) limit 1;
    if found then raise exception 'hold-ended' using detail = wrong; end if;
  end if;

  if undone <> '{}' then
    select n into wrong from unnest(undone) n where not exists (select 1 from bedrock_move m where m.id = n);
    if found then raise exception 'unknown-move' using detail = wrong; end if;
  end if;
  if ended = '{}' and undone = '{}' and paying = '{}' then  -- nothing moves
    ids := '{}';
  elsif ended = '{}' and undone = '{}' then  -- the usual batch, by the short way: it is on the path of most acts
    with written as (
      insert into bedrock_move (source_id, target_id, fen, memo, at, fact)
      select s.id, t.id, (e.x->>'fen')::bigint, e.x->>'memo', moment, fact_no
      from jsonb_array_elements(entries) with ordinality e(x, place)
      cross join lateral (select id from bedrock_account where path = e.x->>'source' limit 1) s
      cross join lateral (select id from bedrock_account where path = e.x->>'target' limit 1) t
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
      cross join lateral (select id from bedrock_account where path = x->>'source' limit 1) s
      cross join lateral (select id from bedrock_account where path = x->>'target' limit 1) t
      where x->>'kind' = 'hold' order by x->>'name' on conflict (name) do nothing returning name)
    select n into wrong from unnest(held) n group by n having count(*) > 1 or n not in (select name from made) limit 1;
    if found then raise exception 'hold-name-taken' using detail = wrong; end if;
  end if;
  return coalesce(ids, '{}');
end $$;

-- Moves, moves out of holds and reversals, numbered in the order of the entries; `undone_before` is a reversal too many.
create or replace function bedrock_write_moves(
  entries jsonb, undone bigint[], moment timestamptz, fact_no bigint, out ids bigint[], out undone_before text
) language plpgsql as $$
begin
  with lines as (
    select e.place, 0::bigint as part, s.id as source, t.id as target, (e.x->>'fen')::bigint as fen, e.x->>'memo' as memo,
           null::bigint as hold, null::bigint as reverses
    from jsonb_array_elements(entries) with ordinality e(x, place)
    cross join lateral (select id from bedrock_account where path = e.x->>'source' limit 1) s
    cross join lateral (select id from bedrock_account where path = e.x->>'target' limit 1) t
    where e.x->>'kind' = 'move'
    union all
    select e.place, m.part, h.source_id, t.id, (m.y->>'fen')::bigint, m.y->>'memo', h.id, null
    from jsonb_array_elements(entries) with ordinality e(x, place)
    cross join lateral (select id, source_id from bedrock_hold where name = e.x->>'hold' limit 1) h
    cross join lateral jsonb_array_elements(e.x->'moves') with ordinality m(y, part)
    cross join lateral (select id from bedrock_account where path = m.y->>'target' limit 1) t
    where e.x->>'kind' = 'post'
    union all
    select e.place, 0, r.target_id, r.source_id, r.fen, e.x->>'memo', null, r.id
    from jsonb_array_elements(entries) with ordinality e(x, place)
    cross join lateral (select * from bedrock_move where id = (e.x->>'move')::bigint limit 1) r
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
"""


def before() -> str:
    """What stood before, for the way back: the two functions as 0007 made them."""
    sql: str = import_module("tongqu.exchange.bedrock.migrations.0007_ledger_locks_in_one_order").FORWARD
    functions = sql[sql.index("create function bedrock_post(") : sql.index("create function bedrock_open(")]
    return functions.replace("create function", "create or replace function")


class Migration(migrations.Migration):

    dependencies = [("bedrock", "0007_ledger_locks_in_one_order")]

    operations = [migrations.RunSQL(FORWARD, before())]
