"""The database posts entries in one call, keeps the balances by triggers, and refuses to change what was written."""

from django.db import migrations

FORWARD = r"""
create function bedrock_stripe() returns smallint language sql stable as
$$ select (pg_backend_pid() % 8)::smallint $$;

-- Balances follow the rows, whoever inserts them. Popular accounts are credited on a stripe of the writing connection.
create function bedrock_moves_count() returns trigger language plpgsql as $$
begin
  update bedrock_balance b set posted = b.posted + d.fen
  from (
    select account, stripe, sum(fen) as fen from (
      select n.target_id as account, case when a.popular then bedrock_stripe() else 0::smallint end as stripe, n.fen
      from new_rows n join bedrock_account a on a.id = n.target_id
      union all
      select n.source_id, case when a.popular and a.may_overdraw then bedrock_stripe() else 0::smallint end, -n.fen
      from new_rows n join bedrock_account a on a.id = n.source_id
    ) sides group by account, stripe order by account, stripe
  ) d where b.account_id = d.account and b.stripe = d.stripe;
  return null;
end $$;
create trigger bedrock_move_counts after insert on bedrock_move
  referencing new table as new_rows for each statement execute function bedrock_moves_count();

create function bedrock_holds_count() returns trigger language plpgsql as $$
begin
  update bedrock_balance b set held = b.held + d.fen
  from (select source_id as account, sum(fen) as fen from new_rows group by source_id) d
  where b.account_id = d.account and b.stripe = 0;
  return null;
end $$;
create trigger bedrock_hold_counts after insert on bedrock_hold
  referencing new table as new_rows for each statement execute function bedrock_holds_count();

create function bedrock_hold_ends_count() returns trigger language plpgsql as $$
begin
  update bedrock_balance b set held = b.held - d.fen
  from (select h.source_id as account, sum(h.fen) as fen from new_rows n join bedrock_hold h on h.id = n.hold_id group by 1) d
  where b.account_id = d.account and b.stripe = 0;
  return null;
end $$;
create trigger bedrock_hold_end_counts after insert on bedrock_hold_end
  referencing new table as new_rows for each statement execute function bedrock_hold_ends_count();

create function bedrock_no_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: correct it by a reversing entry', tg_table_name using errcode = '55000';
end $$;
create trigger bedrock_move_is_kept before update or delete or truncate on bedrock_move
  for each statement execute function bedrock_no_change();
create trigger bedrock_hold_is_kept before update or delete or truncate on bedrock_hold
  for each statement execute function bedrock_no_change();
create trigger bedrock_hold_end_is_kept before update or delete or truncate on bedrock_hold_end
  for each statement execute function bedrock_no_change();

-- Posts a batch. Order: accounts made, balance rows locked in one fixed order, holds ended, moves, new holds.
create function bedrock_post(accounts jsonb, entries jsonb, moment timestamptz, fact_no bigint)
returns bigint[] language plpgsql as $$
declare
  e jsonb;
  m jsonb;
  h bedrock_hold%rowtype;
  taken bigint;
  r bedrock_move%rowtype;
  ids bigint[] := '{}';
  news jsonb := '[]';
  holds jsonb := '[]';
begin
  if exists (select 1 from jsonb_to_recordset(accounts) as w(path text)
             where not exists (select 1 from bedrock_account a where a.path = w.path)) then
    insert into bedrock_account (path, may_overdraw, popular)
      select w.path, w.may_overdraw, w.popular
      from jsonb_to_recordset(accounts) as w(path text, may_overdraw boolean, popular boolean) order by w.path
      on conflict (path) do nothing;
    insert into bedrock_balance (account_id, stripe, posted, held, may_overdraw)
      select a.id, s, 0, 0, a.may_overdraw from bedrock_account a
      join jsonb_to_recordset(accounts) as w(path text) on w.path = a.path
      cross join lateral generate_series(0, case when a.popular then 7 else 0 end) s
      order by a.id, s on conflict (account_id, stripe) do nothing;
  end if;

  perform 1 from bedrock_balance b
    where b.stripe = 0 and b.account_id in (
      select a.id from bedrock_account a join jsonb_to_recordset(accounts) as w(path text) on w.path = a.path
        where not a.popular
      union select hh.source_id from bedrock_hold hh
        join jsonb_array_elements(entries) x on x->>'kind' in ('post', 'void', 'expire') and hh.name = x->>'hold')
    order by b.account_id for update;

  -- A popular account that may not overdraw gathers its stripes before it pays.
  for e in select x from jsonb_array_elements(entries) x where x->>'kind' in ('move', 'hold') loop
    perform bedrock_gather(e->>'source');
  end loop;

  for e in select x from jsonb_array_elements(entries) x loop
    case e->>'kind'
    when 'move' then
      news := news || jsonb_build_array(e);
    when 'hold' then
      holds := holds || jsonb_build_array(e);
    when 'reverse' then
      select * into r from bedrock_move where id = (e->>'move')::bigint;
      if not found then raise exception 'unknown-move'; end if;
      perform bedrock_gather((select path from bedrock_account where id = r.target_id));
      insert into bedrock_move (source_id, target_id, fen, memo, at, fact, reverses_id)
        values (r.target_id, r.source_id, r.fen, e->>'memo', moment, fact_no, r.id) returning id into taken;
      ids := ids || taken;
    else
      select * into h from bedrock_hold where name = e->>'hold';
      if not found then raise exception 'unknown-hold'; end if;
      insert into bedrock_hold_end (hold_id, how, at, fact, memo) values (h.id,
        case e->>'kind' when 'post' then 'posted' when 'void' then 'voided' else 'expired' end, moment, fact_no, e->>'memo');
      if e->>'kind' = 'post' then
        taken := 0;
        for m in select x from jsonb_array_elements(e->'moves') x loop
          if (select a.id from bedrock_account a where a.path = m->>'source') is distinct from h.source_id then
            raise exception 'hold-exceeded';
          end if;
          taken := taken + (m->>'fen')::bigint;
          news := news || jsonb_build_array(m || jsonb_build_object('hold_id', h.id));
        end loop;
        if taken > h.fen then raise exception 'hold-exceeded'; end if;
      end if;
    end case;
  end loop;

  if jsonb_array_length(news) > 0 then
    with written as (
      insert into bedrock_move (source_id, target_id, fen, memo, at, fact, hold_id)
      select s.id, t.id, (x->>'fen')::bigint, x->>'memo', moment, fact_no, (x->>'hold_id')::bigint
      from jsonb_array_elements(news) with ordinality as n(x, place)
      join bedrock_account s on s.path = x->>'source' join bedrock_account t on t.path = x->>'target'
      order by place returning id)
    select ids || array_agg(id order by id) into ids from written;
  end if;
  if jsonb_array_length(holds) > 0 then
    insert into bedrock_hold (name, source_id, target_id, fen, until, memo, at, fact)
      select x->>'name', s.id, t.id, (x->>'fen')::bigint, (x->>'until')::timestamptz, x->>'memo', moment, fact_no
      from jsonb_array_elements(holds) with ordinality as n(x, place)
      join bedrock_account s on s.path = x->>'source' join bedrock_account t on t.path = x->>'target' order by place;
  end if;
  return ids;
end $$;

create function bedrock_gather(wanted text) returns void language plpgsql as $$
declare
  a bedrock_account%rowtype;
  total bigint;
begin
  select * into a from bedrock_account where path = wanted;
  if not a.popular or a.may_overdraw then return; end if;
  perform 1 from bedrock_balance where account_id = a.id order by stripe for update;
  select sum(posted) into total from bedrock_balance where account_id = a.id;
  update bedrock_balance set posted = total where account_id = a.id and stripe = 0;
  update bedrock_balance set posted = 0 where account_id = a.id and stripe > 0 and posted <> 0;
end $$;
"""

BACKWARD = """
drop function bedrock_post(jsonb, jsonb, timestamptz, bigint);
drop function bedrock_gather(text);
drop trigger bedrock_move_counts on bedrock_move;
drop trigger bedrock_hold_counts on bedrock_hold;
drop trigger bedrock_hold_end_counts on bedrock_hold_end;
drop trigger bedrock_move_is_kept on bedrock_move;
drop trigger bedrock_hold_is_kept on bedrock_hold;
drop trigger bedrock_hold_end_is_kept on bedrock_hold_end;
drop function bedrock_no_change();
drop function bedrock_moves_count();
drop function bedrock_holds_count();
drop function bedrock_hold_ends_count();
drop function bedrock_stripe();
"""


class Migration(migrations.Migration):
    dependencies = [("bedrock", "0003_procedures_and_ledger")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
