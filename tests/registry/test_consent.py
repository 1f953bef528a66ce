"""People are told and consent, by reference only: what counts, what is refused, and who may do it in whose name."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.registry.conftest import day
from tests.registry.consenting import NOON, Consenting
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    Actor,
    Alarm,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    see,
    visible,
)
from tongqu.exchange.members import nodes
from tongqu.exchange.members.models import NodeTask
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_BATCH, CONSENT_NOTICE, DATA_SUBJECT, SUBJECT_REQUEST, rules
from tongqu.exchange.registry.models import ConsentBatch, ConsentFact, DataSubject, SubjectRequest
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


# Notices.


def test_a_notice_names_data_at_ones_own_node_and_another_as_receiver(consenting: Consenting) -> None:
    made = consenting.notice()
    assert (consenting.row(made).state, consenting.row(made).version, consenting.row(made).basis) == (
        "published",
        1,
        made,
    )
    for changes, rule in (
        ({"node": consenting.world.rival_node.pk}, "the_data_is_at_ones_own_node"),
        ({"source": "nothing"}, "the_data_is_at_ones_own_node"),
        ({"receiver": consenting.world.parties["supplier"].pk}, "the_receiver_is_named"),
        ({"receiver": 999_999}, "the_receiver_is_named"),
        ({"condition_of_service": True}, "nothing_is_bundled"),
        ({"earlier": 999_999}, "a_new_version_follows_the_one_in_force"),
    ):
        with pytest.raises(Refused) as refused:
            consenting.draft(**changes)
        assert blocked(refused) == [rule]


def test_sensitive_kinds_are_told_with_need_and_impact(consenting: Consenting) -> None:
    with pytest.raises(BadInput):
        consenting.draft(kinds=["health"])
    with pytest.raises(BadInput):
        consenting.draft(kinds=["minors"], necessity="必要", impact="影响")
    assert consenting.draft(kinds=["health"], necessity="核保所必需", impact="可能影响承保结果")


def test_a_change_of_purpose_method_or_kinds_asks_for_consent_anew(consenting: Consenting) -> None:
    first = consenting.notice()
    consenting.take(consenting.line("A", first), consenting.line("B", first))
    assert consenting.given() == {str(first): {consenting.reference("A"), consenting.reference("B")}}
    second = consenting.notice(earlier=first, contact="示例新联系人 027-87654321")  # nothing of what they consented to
    assert (consenting.row(first).state, consenting.row(second).version) == ("replaced", 2)
    assert consenting.row(second).basis == first
    assert consenting.given() == {str(first): {consenting.reference("A"), consenting.reference("B")}}
    for changes in ({"kinds": ["identity"]}, {"method": "节点内批量核验"}, {"purposes": ["research"]}):
        later = consenting.notice(earlier=second, **changes)
        assert consenting.row(later).basis == later
        assert consenting.given() == {str(later): set()}
        second = later


def test_a_version_cannot_follow_one_that_was_ended_meanwhile(consenting: Consenting) -> None:
    first = consenting.notice()
    second = consenting.draft(earlier=first)
    perform(CONSENT_NOTICE, "end", first, by=consenting.world.supplier, at=NOON, reason="业务停止")
    assert consenting.given() == {}
    with pytest.raises(Refused) as refused:
        perform(CONSENT_NOTICE, "publish", second, by=consenting.world.supplier, at=NOON)
    assert blocked(refused) == ["a_new_version_follows_the_one_in_force"]


def test_of_several_versions_each_follows_the_newest_even_before_the_old_ones_are_replaced(
    consenting: Consenting,
) -> None:
    first = consenting.notice()
    consenting.take(consenting.line("A", first))
    second = consenting.draft(earlier=first, kinds=["identity"])  # asks anew
    third = consenting.draft(earlier=first)  # says what the first one said
    fourth = consenting.draft(earlier=first, kinds=["identity"])
    by = consenting.world.supplier
    perform(CONSENT_NOTICE, "publish", second, by=by, at=NOON)
    perform(CONSENT_NOTICE, "publish", fourth, by=by, at=NOON)
    with pytest.raises(Refused) as refused:  # behind the newest one none comes into force any more
        perform(CONSENT_NOTICE, "publish", third, by=by, at=NOON)
    assert blocked(refused) == ["a_new_version_follows_the_one_in_force"]
    assert consenting.row(fourth).basis == second  # and not the first one's
    consenting.world.settle(NOON)
    assert [consenting.row(one).state for one in (first, second, third, fourth)] == [
        "replaced",
        "replaced",
        "draft",
        "published",
    ]
    assert consenting.given() == {str(second): set()}


def test_a_notice_beyond_what_a_node_is_told_of_is_not_published(
    consenting: Consenting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No silent limit: one more would be in force here, and the node would never hear of it."""
    monkeypatch.setattr(rules, "SETS_MAX", 2)
    first = consenting.notice()
    consenting.notice(name="示例第二份告知", kinds=["identity"])
    third = consenting.draft(name="示例第三份告知", kinds=["contact"])
    with pytest.raises(Refused) as refused:
        perform(CONSENT_NOTICE, "publish", third, by=consenting.world.supplier, at=NOON)
    assert blocked(refused) == ["the_node_has_room_for_it"]
    consenting.notice(name="示例告知新版", earlier=first, method="节点内核验，只给出是或否")  # in the place of its own
    perform(CONSENT_NOTICE, "end", first + 1, by=consenting.world.supplier, at=NOON, reason="不再处理")
    consenting.world.settle(NOON)
    perform(CONSENT_NOTICE, "publish", third, by=consenting.world.supplier, at=NOON)


def test_only_the_processor_publishes_and_the_receiver_may_read(consenting: Consenting) -> None:
    made = consenting.draft()
    for who in ("rival", "bank"):
        with pytest.raises(NotYours):
            perform(CONSENT_NOTICE, "publish", made, by=consenting.world.actor(who), at=NOON)
    assert see(CONSENT_NOTICE, made, consenting.world.actor("bank")).pk == made
    with pytest.raises(Unknown):
        see(CONSENT_NOTICE, made, consenting.world.actor("rival"))


# In bulk.


def test_an_identity_in_any_column_is_not_kept(consenting: Consenting) -> None:
    """Columns are mixed up, or one is missing: what was written there is not on record, on a page or in the file of faults."""
    made = consenting.notice()
    good = consenting.line("A", made)
    identity, phone, name = "420106199003072316", "13800138000", "示例张三"
    lines = [
        [good[0], identity, *good[2:]], [good[0], phone, *good[2:]], [*good[:2], name, *good[3:]], [*good[:3], identity, *good[4:]],
        [*good[:4], identity, good[5]], [*good[:5], name], [*good, identity], [identity, name, phone],
    ]  # fmt: skip
    batch = consenting.take(*lines)
    assert batch.lost == len(lines)
    found, _ = consent.faults(batch.pk)
    assert not [one.raw for one in found for told in (identity, phone, name) if told in one.raw]
    kept = next(one.raw for one in found if one.code == "words")
    assert str(made) in kept


def test_a_file_of_nothing_but_faults_does_not_fill_the_house(
    consenting: Consenting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongqu.exchange.registry.consent import running
    from tongqu.exchange.registry.models import ConsentFault

    monkeypatch.setattr(running, "LOST_MAX", 50)
    monkeypatch.setattr(running, "CHUNK", 20)
    batch = consenting.take(consenting.line("A", consenting.notice()), *([["x"]] * 400))
    assert (batch.state, batch.given) == ("failed", 1)
    assert "50" in batch.reason
    assert ConsentFault.objects.filter(batch=batch).count() <= 50


def test_what_people_said_is_taken_in_once_however_often_it_comes(consenting: Consenting) -> None:
    made = consenting.notice()
    lines = [
        consenting.line("A", made),
        consenting.line("B", made),
        consenting.line("C", made, "refused"),
        consenting.line("B", made, "withdrawn", at=(NOON + timedelta(minutes=1)).isoformat()),
    ]
    batch = consenting.take(*lines)
    assert (batch.state, batch.lines, batch.given, batch.refused, batch.withdrawn) == ("finished", 4, 2, 1, 1)
    again = consenting.take(*lines, at=NOON + timedelta(hours=1))
    assert (again.given, again.refused, again.withdrawn) == (0, 0, 0)
    assert consenting.given() == {str(made): {consenting.reference("A")}}
    numbers = list(ConsentFact.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4]


def test_a_replayed_file_does_not_bring_back_who_withdrew(consenting: Consenting) -> None:
    made = consenting.notice()
    lines = [consenting.line("A", made), consenting.line("B", made, channel="self")]
    consenting.take(*lines)
    later = NOON + timedelta(days=1)
    consenting.take(
        consenting.line("A", made, "withdrawn", at=later.isoformat()),
        consenting.line("B", made, "withdrawn", at=later.isoformat()),
        at=later,
    )
    replayed = consenting.take(*lines, at=later + timedelta(days=400))
    assert consenting.faults(replayed) == [(2, "older"), (3, "older")]
    assert consenting.given() == {str(made): set()}


def test_nobody_is_asked_again_before_the_time_is_over_unless_they_come_themselves(consenting: Consenting) -> None:
    made = consenting.notice()
    consenting.take(*(consenting.line(key, made, "refused") for key in "ABC"))
    last, after = (day(2026, 3, 2, 12) + timedelta(days=days) for days in (180, 181))
    soon = consenting.take(consenting.line("A", made, at=last.isoformat()), at=last)
    assert consenting.faults(soon) == [(2, "asked-too-soon")]
    own = consenting.take(consenting.line("B", made, channel="self", at=last.isoformat()), at=last)
    assert own.given == 1
    late = consenting.take(consenting.line("C", made, at=after.isoformat()), at=after)
    assert late.given == 1


def test_every_line_that_cannot_be_taken_is_listed_and_none_keeps_an_identity(consenting: Consenting) -> None:
    made = consenting.notice()
    young = consenting.notice(
        name="示例未成年人告知", kinds=["identity", "minors"], necessity="必要", impact="影响",
        minors_rules=consenting.world.paper("rules"),
    )  # fmt: skip
    good = consenting.line("A", made)
    batch = consenting.take(
        good,
        ["420106199003072316", *good[1:]],
        [*good[:1], "999", *good[2:]],
        [*good[:2], "agreed", *good[3:]],
        [*good[:3], "general", *good[4:]],
        [*good[:3], "guardian", *good[4:]],
        [*good[:4], "2026-03-02", good[5]],
        [*good[:4], (NOON + timedelta(days=1)).isoformat(), good[5]],
        good[:5],
        consenting.line("B", made, "withdrawn"),
        consenting.line("A", made, "refused"),
        consenting.line("C", young, form="guardian"),
        ["z" * 64, *good[1:]],
    )
    assert consenting.faults(batch) == [
        (3, "reference"), (4, "notice"), (5, "words"), (6, "form"), (7, "form"), (8, "moment"), (9, "future"),
        (10, "columns"), (11, "nothing-to-withdraw"), (12, "older"), (14, "reference"),
    ]  # fmt: skip
    assert (batch.lines, batch.given, batch.lost) == (13, 2, 11)
    found, _ = consent.faults(batch.pk)
    assert not [one for one in found if "420106199003072316" in one.raw]


def test_a_file_that_stopped_goes_on_where_it_stopped(consenting: Consenting, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongqu.exchange.registry.consent import running

    monkeypatch.setattr(running, "CHUNK", 2)
    made = consenting.notice()
    file = consenting.file([consenting.line(key, made) for key in "ABCDE"])
    batch = begin(
        CONSENT_BATCH, by=consenting.world.supplier, at=NOON, node=consenting.world.node.pk, file=file, name="示例"
    ).subject
    taken = running._take
    calls = iter(range(10))

    def dies(*args: Any) -> bool:
        if next(calls) == 1:
            raise MemoryError
        return taken(*args)

    monkeypatch.setattr(running, "_take", dies)
    with pytest.raises(MemoryError):
        consent.run(batch, now=lambda: NOON)
    assert consent.left_running() == [batch]
    assert ConsentBatch.objects.get(pk=batch).given == 2
    monkeypatch.setattr(running, "_take", taken)
    assert consent.run(batch, now=lambda: NOON) == "finished"
    row = ConsentBatch.objects.get(pk=batch)
    assert (row.given, row.same, row.lines, row.lost) == (5, 0, 5, 0)


def test_a_file_of_something_else_is_returned(consenting: Consenting) -> None:
    file = consenting.file([])
    other = consenting.world.paper("not a list")
    assert file
    batch = begin(
        CONSENT_BATCH, by=consenting.world.supplier, at=NOON, node=consenting.world.node.pk, file=other, name="示例"
    ).subject
    assert consent.run(batch, now=lambda: NOON) == "failed"
    assert "首行" in ConsentBatch.objects.get(pk=batch).reason


def test_a_file_may_come_packed_and_an_archive_of_more_is_returned(consenting: Consenting) -> None:
    made = consenting.notice()
    text = "reference,notice,what,form,at,channel\n" + ",".join(consenting.line("A", made)) + "\n"
    for names, state in ((["references.csv"], "finished"), (["a.csv", "b.csv"], "failed")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, text)
        owner = consenting.world.parties["supplier"].pk
        file = papers.keep(out.getvalue(), name="references.zip", at=NOON, by=owner, person=None).sha256
        batch = begin(
            CONSENT_BATCH, by=consenting.world.supplier, at=NOON, node=consenting.world.node.pk, file=file, name="示例"
        ).subject
        assert consent.run(batch, now=lambda: NOON) == state
    assert consenting.given() == {str(made): {consenting.reference("A")}}


def test_nobody_hands_in_for_anothers_node_or_anothers_notice(consenting: Consenting) -> None:
    made = consenting.notice()
    with pytest.raises(Refused) as refused:
        consenting.take(consenting.line("A", made), by="rival")
    assert blocked(refused) == ["the_references_are_ones_own"]
    batch = begin(
        CONSENT_BATCH, by=consenting.world.actor("rival"), at=NOON, node=consenting.world.rival_node.pk,
        file=consenting.file([consenting.line("A", made)], by="rival"), name="示例",
    ).subject  # fmt: skip
    consent.run(batch, now=lambda: NOON)
    assert consenting.faults(ConsentBatch.objects.get(pk=batch)) == [(2, "notice")]
    assert consenting.given() == {str(made): set()}


def test_what_was_said_is_neither_changed_nor_taken_away(consenting: Consenting) -> None:
    made = consenting.notice()
    consenting.take(consenting.line("A", made))
    for statement in (
        "update registry_consent_fact set what = 'given'",
        "delete from registry_consent_fact",
        "truncate registry_consent_fact",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# What a node is told.


def test_a_node_is_told_what_changed_since_and_everything_when_it_begins(consenting: Consenting) -> None:
    made = consenting.notice()
    consenting.take(*(consenting.line(key, made) for key in "AB"))
    first = consent.part_for(consenting.world.node.pk, 0, at=NOON)
    (group,) = first.sets
    told = (group.receiver, group.purposes, group.kinds, group.source)
    bank = consenting.world.parties["bank"].credit_code
    assert told == (bank, ("risk-management",), ("identity", "consumption"), "power")
    assert (first.after, first.upto, first.complete, first.fresh_seconds) == (0, 2, True, 60)
    later = NOON + timedelta(hours=1)
    consenting.take(consenting.line("A", made, "withdrawn", at=later.isoformat()), at=later)
    then = consent.part_for(consenting.world.node.pk, 2, at=later)
    (change,) = then.changes
    assert (then.after, then.upto, change.given, bool(change.ended)) == (2, 3, "", True)
    assert (
        consent.part_for(consenting.world.node.pk, 99, at=later).after == 0
    )  # a number that was never given: begin anew
    assert consent.part_for(consenting.world.rival_node.pk, 0, at=NOON).sets == ()


def test_fact_13_the_list_for_a_delivery_names_receiver_purpose_and_kinds(consenting: Consenting) -> None:
    consenting.notice()
    world = consenting.world
    where = (world.parties["supplier"].pk, world.parties["bank"].pk, world.node.pk, "power")
    assert consent.notices.told_to(*where, ["risk-management"], ["consumption"])
    assert not consent.notices.told_to(*where, ["risk-management", "research"], ["consumption"])
    assert not consent.notices.told_to(*where, ["risk-management"], ["health"])
    assert not consent.notices.told_to(world.parties["rival"].pk, *where[1:], ["risk-management"], ["identity"])


# The person.


def test_fact_13_a_person_consents_withdraws_and_changes_their_mind(consenting: Consenting) -> None:
    made = consenting.notice()
    person, link = consenting.linked("A", "lin")
    reference = consenting.reference("A")
    consenting.says("consent", link, person, made)
    assert consenting.given() == {str(made): {reference}}
    consenting.says("withdraw", link, person, made, NOON + timedelta(seconds=1))
    assert consenting.given() == {str(made): set()}
    with pytest.raises(Refused) as refused:
        consenting.says("withdraw", link, person, made)
    assert blocked(refused) == ["there_is_a_consent_to_withdraw"]
    consenting.says("consent", link, person, made, NOON + timedelta(seconds=2))  # of their own accord: no waiting
    assert consenting.given() == {str(made): {reference}}
    facts = list(evidence.facts_of("data_subject", link))
    assert reference not in "".join(str(one.body) for one in facts)


def test_what_a_person_withdraws_a_file_cannot_bring_back(consenting: Consenting) -> None:
    made = consenting.notice()
    consenting.take(consenting.line("A", made))
    person, link = consenting.linked("A", "lin")
    later = NOON + timedelta(days=2)
    consenting.says("withdraw", link, person, made, later)
    again = consenting.take(
        consenting.line("A", made), consenting.line("A", made, at=(later + timedelta(days=1)).isoformat()),
        at=later + timedelta(days=1),
    )  # fmt: skip
    assert consenting.faults(again) == [(2, "older"), (3, "asked-too-soon")]


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("another account", {"account": "account-0"}),
        ("too late", {"until": NOON + timedelta(seconds=1), "made_at": NOON - timedelta(days=2)}),
        ("another node", {"node": "999999"}),
        ("no number", {"node": "n"}),
    ],
)
def test_a_pass_for_somebody_else_or_of_yesterday_links_nothing(
    consenting: Consenting, what: str, changes: dict[str, Any]
) -> None:
    person = consenting.person("lin")
    at = NOON + timedelta(seconds=2)
    with pytest.raises(Refused) as refused:
        begin(DATA_SUBJECT, by=person, at=at, vouched=consenting.vouch("A", person, **changes))
    assert blocked(refused) == ["the_pass_is_the_nodes"], what


def test_a_forged_pass_and_nonsense_link_nothing(consenting: Consenting) -> None:
    person = consenting.person("lin")
    forged = consenting.vouch("A", person, signer=Ed25519Signer.generate())
    changed = consenting.vouch("A", person).replace(consenting.reference("A"), consenting.reference("B"))
    endless = '{"body": {"node": Infinity}, "seal": {}}'
    for told in (
        forged,
        changed,
        endless,
        "{}",
        "[]",
        "null",
        "not json",
        '{"body": {"node": "1"}, "seal": {}}',
        "9" * 400,
    ):
        with pytest.raises(Refused) as refused:
            begin(DATA_SUBJECT, by=person, at=NOON, vouched=told)
        assert blocked(refused) == ["the_pass_is_the_nodes"]


def test_one_account_stands_behind_a_reference(consenting: Consenting) -> None:
    person, link = consenting.linked("A", "lin")
    other = consenting.person("wang")
    with pytest.raises(Refused) as refused:
        begin(DATA_SUBJECT, by=other, at=NOON, vouched=consenting.vouch("A", other))
    assert blocked(refused) == ["nobody_else_is_behind_it"]
    perform(DATA_SUBJECT, "unlink", link, by=person, at=NOON)
    assert begin(DATA_SUBJECT, by=other, at=NOON, vouched=consenting.vouch("A", other)).state == "linked"


def test_nobody_acts_on_anothers_link_not_even_the_provider_or_the_authority(consenting: Consenting) -> None:
    made = consenting.notice()
    person, link = consenting.linked("A", "lin")
    consenting.says("consent", link, person, made)
    stranger = consenting.person("wang")
    as_employee = Actor(person=person.person, party=consenting.world.parties["bank"].pk, roles=frozenset({"buyer"}))
    others = [stranger, as_employee, *(consenting.world.actor(who) for who in ("supplier", "bank", "regulator"))]
    for other in others:
        with pytest.raises(NotYours):
            consenting.says("withdraw", link, other, made)
        with pytest.raises(Unknown):
            see(DATA_SUBJECT, link, other)
        assert not visible(DATA_SUBJECT, other).exists()
    assert see(DATA_SUBJECT, link, person).pk == link
    assert consenting.given() == {str(made): {consenting.reference("A")}}


def test_a_notice_about_other_data_is_unknown_to_a_link(consenting: Consenting) -> None:
    other = consenting.notice(source="meters")
    person, link = consenting.linked("A", "lin")
    with pytest.raises(Unknown):
        consenting.says("consent", link, person, other)


def test_uses_are_asked_of_the_node_with_its_own_pass_and_kept_out_of_the_log(consenting: Consenting) -> None:
    person, link = consenting.linked("A", "lin")
    perform(DATA_SUBJECT, "ask_uses", link, by=person, at=NOON)
    (task,) = [one for one in nodes.tasks.open_of(consenting.world.node.pk) if one.uses]
    assert task.uses is not None
    row = DataSubject.objects.get(pk=link)
    assert task.uses.vouched == row.vouched
    view = consent.persons.uses(row)
    assert view is not None
    assert (view.answered_at, view.uses) == (None, ())


def test_with_the_link_goes_what_was_told_and_the_pass_to_ask_by(consenting: Consenting) -> None:
    node = consenting.world.node.pk
    person, link = consenting.linked("A", "lin")
    told = {
        "source": "power",
        "reference": consenting.reference("A"),
        "since": "2026-01-05T00:00:00Z",
        "total": 0,
        "uses": [],
    }
    perform(DATA_SUBJECT, "ask_uses", link, by=person, at=NOON)
    NodeTask.objects.filter(node=node, work="uses").update(answered_at=NOON, answer=told)
    perform(DATA_SUBJECT, "ask_uses", link, by=person, at=NOON)  # and one that the node has not answered yet
    assert NodeTask.objects.filter(node=node, work="uses").count() == 2
    assert nodes.tasks.answered(node, "power", since=NOON, due_at=NOON + timedelta(days=1)) == (0, 0)
    pass_of = DataSubject.objects.get(pk=link).vouched
    perform(DATA_SUBJECT, "unlink", link, by=person, at=NOON + timedelta(minutes=1))
    assert DataSubject.objects.get(pk=link).vouched == {}
    assert not [one for one in nodes.tasks.open_of(node) if one.uses]
    assert list(NodeTask.objects.filter(node=node, work="uses").values_list("order", "answer")) == [({}, None)] * 2
    assert pass_of["body"]["reference"] not in str(list(evidence.facts_of("data_subject", link)))


# Requests.


def filed(consenting: Consenting, right: str = "delete") -> tuple[Actor, int]:
    person, link = consenting.linked("A", "lin")
    made = begin(SUBJECT_REQUEST, by=person, at=NOON, link=link, right=right, text="请删除我的数据").subject
    return person, made


def test_a_request_is_answered_within_its_time_or_an_alarm_says_so(consenting: Consenting) -> None:
    _person, made = filed(consenting)
    row = SubjectRequest.objects.get(pk=made)
    assert (row.state, row.provider_id) == ("filed", consenting.world.parties["supplier"].pk)
    perform(SUBJECT_REQUEST, "extend", made, by=consenting.world.supplier, at=NOON, days=15, reason="涉及历史档案")
    end = day(2026, 4, 14)  # fifteen and fifteen working days, over Qingming
    consenting.world.pass_time(end - timedelta(days=2))
    assert not Alarm.objects.filter(procedure="subject_request").exists()
    consenting.world.pass_time(end + timedelta(days=2))
    assert Alarm.objects.filter(procedure="subject_request", subject=made).exists()
    perform(SUBJECT_REQUEST, "answer", made, by=consenting.world.supplier, at=end, answer="已删除，确认函见附件")
    assert SubjectRequest.objects.get(pk=made).state == "answered"
    consenting.world.pass_time(end + timedelta(days=40))
    assert SubjectRequest.objects.get(pk=made).state == "closed"


def test_a_refusal_can_be_complained_of_and_the_regulator_concludes(consenting: Consenting) -> None:
    person, made = filed(consenting, "access")
    perform(SUBJECT_REQUEST, "refuse", made, by=consenting.world.supplier, at=NOON, reason="已过法定保存期限")
    perform(SUBJECT_REQUEST, "complain", made, by=person, at=NOON, complaint="数据仍在使用")
    regulator = consenting.world.actor("regulator")
    perform(SUBJECT_REQUEST, "conclude", made, by=regulator, at=NOON, conclusion="责令提供查阅")
    assert see(SUBJECT_REQUEST, made, person).state == "concluded"


def test_a_request_is_about_oneself_and_answered_by_who_has_the_data(consenting: Consenting) -> None:
    person, made = filed(consenting)
    stranger = consenting.person("wang")
    link = DataSubject.objects.get().pk
    with pytest.raises(Refused) as refused:
        begin(SUBJECT_REQUEST, by=stranger, at=NOON, link=link, right="access", text="看看别人的")
    assert blocked(refused) == ["it_is_about_oneself"]
    for other in (stranger, person, consenting.world.actor("rival")):
        with pytest.raises(NotYours):
            perform(SUBJECT_REQUEST, "answer", made, by=other, at=NOON, answer="替人答复")
    for other in (stranger, consenting.world.actor("rival")):
        with pytest.raises(Unknown):
            see(SUBJECT_REQUEST, made, other)
    perform(SUBJECT_REQUEST, "withdraw", made, by=person, at=NOON)
    with pytest.raises(NotNow):
        perform(SUBJECT_REQUEST, "answer", made, by=consenting.world.supplier, at=NOON, answer="迟了")


def test_what_was_asked_and_answered_is_not_in_the_log_which_forgets_nothing(consenting: Consenting) -> None:
    _, made = filed(consenting)
    perform(SUBJECT_REQUEST, "answer", made, by=consenting.world.supplier, at=NOON, answer="秘密答复")
    told = "".join(str(one.body) for one in evidence.facts_of("subject_request", made))
    assert "请删除我的数据" not in told
    assert "秘密答复" not in told
