"""Certificates of other registrars: taken in without a second review, followed as long as they stand, and what is tried against it."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.registry.conftest import World, day
from tests.registry.elsewhere import BASE, DID, NOW, OWN_WORDS, Elsewhere, stamp
from tests.registry.test_attestation import by_rdflib, verified_elsewhere
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.errands import Forbidden, fetch
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import NotYours, Refused, Unknown, perform, see
from tongqu.exchange.registry import ownership, recognition
from tongqu.exchange.registry.attestation import BadCredential, base58, foreign
from tongqu.exchange.registry.attestation.statements import CONTEXT, lines
from tongqu.exchange.registry.dealings import RIGHT_RENEWAL
from tongqu.exchange.registry.models import RecognisedRegistrar, Recognition
from tongqu.exchange.registry.recognition import RECOGNITION, running
from tongqu.wire.seals import Ed25519Signer

LATER = NOW + timedelta(hours=25)
OTHER = Ed25519Signer.from_seed(b"\x09" * 32)


@pytest.fixture
def elsewhere(world: World, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    made = Elsewhere(world)
    monkeypatch.setattr(running, "fetch", made.fetch)
    return made


def refused(elsewhere: Elsewhere, document: Any, **more: Any) -> list[str]:
    """Brought and checked: it is refused, and nothing of it stands in the register. The codes of the reasons."""
    resource = elsewhere.world.catalogued(day(2026, 11, 2))
    row = elsewhere.checked(elsewhere.brought(document, elsewhere.listed(), resource, **more))
    assert row.state == "refused"
    assert row.registration_id is None
    assert ownership.rights(resource) == ()
    return [one["code"] for one in row.reasons]


def test_fact_9_a_certificate_from_elsewhere_stands_here_without_review_or_fee(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    number, registration = elsewhere.recognised()
    right = ownership.right(registration)
    assert (right.state, right.rights) == ("recognised", frozenset({"holding", "operation"}))
    assert right.valid_at(NOW)
    assert not right.valid_at(day(2031, 9, 1))
    assert right.elsewhere is not None
    assert (right.elsewhere.registrar, right.elsewhere.code) == ("示例邻省登记中心", "鄂登2026-000017")
    assert right == ownership.rights_of(world.parties["supplier"].pk)[0]
    (told,) = evidence.facts_of("recognition", number, acts=["recognise"])
    assert told.body["data"]["review_fee_fen"] == 0
    assert ownership.certificate_of(registration) is None  # no certificate of ours comes of it


def test_another_library_reads_the_same_in_words_of_its_own(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = elsewhere.certificate(summary="含“引号”\\ 与 <b> é 😀")
    plain = {name: one for name, one in document.items() if name != "proof"}
    assert lines(plain, OWN_WORDS) == by_rdflib(plain, monkeypatch)
    method = {"id": f"{DID}#k1", "publicKeyMultibase": base58.multikey(elsewhere.signer.public_bytes)}
    verified_elsewhere(document, {"verificationMethod": [method]}, monkeypatch)


def test_by_address_it_is_read_where_its_issuer_shows_it(elsewhere: Elsewhere) -> None:
    resource, address = elsewhere.world.catalogued(day(2026, 11, 2)), f"{BASE}/certificates/17"
    elsewhere.reachable[address] = json.dumps(elsewhere.certificate()).encode()
    row = elsewhere.checked(elsewhere.brought(None, elsewhere.listed(), resource, address=address))
    assert row.state == "recognised"
    assert elsewhere.asked == [address, f"{BASE}/status/revocation", f"{BASE}/status/suspension"]


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data", "https://registrar.example.attacker.example/x", "file:///etc/passwd",
        "https://user@registrar.example/x", "https://registrar.exampl/x", "https://registrar.example",
    ],
)  # fmt: skip
def test_no_other_address_is_ever_called(elsewhere: Elsewhere, address: str) -> None:
    resource, issuer = elsewhere.world.catalogued(day(2026, 11, 2)), elsewhere.listed()
    with pytest.raises(Refused) as shut:
        elsewhere.brought(None, issuer, resource, address=address)
    assert [one.rule for one in shut.value.findings if one.blocks] == ["the_address_is_its_issuers"]
    assert elsewhere.asked == []


def test_an_issuer_whose_name_leads_inside_is_not_called(settings: Any) -> None:
    for url in ("https://127.0.0.1/x", "https://10.0.0.3/status/revocation", "http://8.8.8.8/x"):
        with pytest.raises(Forbidden):
            fetch(url, bytes_max=10, accept="*/*")


def forged(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.signed(elsewhere.plain(), day(2026, 9, 1), signer=OTHER)


def altered(elsewhere: Elsewhere) -> dict[str, Any]:
    document = elsewhere.certificate()
    document["credentialSubject"]["rights"] = ["数据持有权", "数据使用权", "数据经营权"]
    return document


def of_another_issuer(elsewhere: Elsewhere) -> dict[str, Any]:
    plain = elsewhere.plain() | {"issuer": "did:web:elsewhere.example"}
    return elsewhere.signed(plain, day(2026, 9, 1))


def in_an_unknown_context(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate() | {"@context": [CONTEXT, "https://registrar.example/context"]}


def with_words_rewritten(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate() | {"@context": [CONTEXT, OWN_WORDS | {"issuer": "https://x.example/issuer"}]}


def with_more_than_was_signed(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate() | {"evidence": "more"}


def without_status(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.signed(elsewhere.plain() | {"credentialStatus": []}, day(2026, 9, 1))


def with_a_status_of_somebody_else(elsewhere: Elsewhere) -> dict[str, Any]:
    plain = copy.deepcopy(elsewhere.plain())
    plain["credentialStatus"][0]["statusListCredential"] = "https://attacker.example/list"
    return elsewhere.signed(plain, day(2026, 9, 1))


def signed_before_the_key(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.signed(elsewhere.plain(), day(2025, 12, 31))


def signed_tomorrow(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.signed(elsewhere.plain(), NOW + timedelta(days=1))


def by_an_unknown_key(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.signed(elsewhere.plain(), day(2026, 9, 1), key="k9")


def with_a_nought(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate(subjectMatter="示例\0数据")


def with_a_nought_among_its_rights(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate(rights=["数据资源持有权\0"])


def with_an_endless_code(elsewhere: Elsewhere) -> dict[str, Any]:
    return elsewhere.certificate(number="鄂登" * 31)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (with_a_nought, "incomplete"), (with_a_nought_among_its_rights, "incomplete"), (with_an_endless_code, "incomplete"),
        (forged, "bad-credential"), (altered, "bad-credential"), (of_another_issuer, "wrong-issuer"),
        (in_an_unknown_context, "unknown-context"), (with_words_rewritten, "unknown-context"),
        (with_more_than_was_signed, "bad-credential"), (without_status, "incomplete"),
        (with_a_status_of_somebody_else, "wrong-issuer"), (signed_before_the_key, "key-not-in-use"),
        (signed_tomorrow, "key-not-in-use"), (by_an_unknown_key, "unknown-key"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)  # fmt: skip
def test_what_is_not_its_issuers_word_is_refused(elsewhere: Elsewhere, made: Any, code: str) -> None:
    assert refused(elsewhere, made(elsewhere)) == [code]
    assert elsewhere.asked == []  # nobody is asked about what is not genuine


def test_another_holders_certificate_serves_nobody_else(elsewhere: Elsewhere) -> None:
    assert refused(elsewhere, elsewhere.certificate(ownerCode="91420100MA0000002B")) == ["the_holder_brings_it"]


def test_revoked_elsewhere_it_is_not_taken_in(elsewhere: Elsewhere) -> None:
    elsewhere.ended["revocation"] = {17}
    elsewhere.publish(NOW)
    assert refused(elsewhere, elsewhere.certificate()) == ["it_stands_at_its_issuer"]


def test_a_right_of_unknown_name_is_not_guessed(elsewhere: Elsewhere) -> None:
    assert refused(elsewhere, elsewhere.certificate(rights=["数据所有权"])) == ["its_rights_are_known"]


@pytest.mark.parametrize(
    ("since", "until"),
    [(day(2026, 9, 1), NOW), (NOW + timedelta(seconds=1), day(2031, 9, 1)), (day(2026, 9, 1), day(2031, 9, 2))],
    ids=["ends this very moment", "begins in a second", "five years and a day"],
)
def test_only_in_its_period_and_for_five_years_at_most(elsewhere: Elsewhere, since: Any, until: Any) -> None:
    plain = elsewhere.plain() | {"validFrom": stamp(since), "validUntil": stamp(until)}
    assert refused(elsewhere, elsewhere.signed(plain, day(2026, 9, 1))) == ["it_is_in_force"]


def test_hostile_files_are_refused_quickly(elsewhere: Elsewhere) -> None:
    for raw, code in (
        (b"[" * 5_000 + b"]" * 5_000, "too-deep"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "too-deep"),
        (b'{"a":"' + b"x" * 300_000 + b'"}', "too-large"),
        (b'{"issuer":"a","issuer":"b"}', "not-json"),
        (b"[1,2]", "not-json"),
        (b"\xff{}", "not-json"),
        (b"{}", "unknown-context"),
        (b'{"@context":[],"proof":3}', "unknown-context"),
    ):
        issuer = foreign.Issuer(DID, ())
        with pytest.raises(BadCredential) as bad:
            foreign.read(foreign.parse(raw), issuer, NOW)
        assert bad.value.code == code
    many = {f"t{number}": f"https://x.example/{number}" for number in range(61)}
    with pytest.raises(BadCredential):
        foreign.read({"@context": [CONTEXT, many]}, foreign.Issuer(DID, ()), NOW)


def test_brought_twice_it_makes_one_right(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    number, _ = elsewhere.recognised()
    issuer = Recognition.objects.get(pk=number).issuer_id
    other = world.catalogued(day(2026, 11, 3), source="meters", name="另一示例数据")
    row = elsewhere.checked(elsewhere.brought(elsewhere.certificate(), issuer, other))
    assert (row.state, [one["code"] for one in row.reasons]) == ("refused", ["it_is_not_here_already"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Recognition.objects.filter(pk=row.pk).update(
            state="recognised", code="鄂登2026-000017", said={}, checked_at=NOW
        )


def test_while_its_issuer_is_silent_it_waits_and_then_is_given_up(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.reachable.clear()
    resource = world.catalogued(day(2026, 11, 2))
    number = elsewhere.brought(elsewhere.certificate(), elsewhere.listed(), resource)
    row = elsewhere.checked(number)
    assert (row.state, row.trouble["zh"], row.next_check_at) == ("checking", "没有答复", NOW + timedelta(minutes=1))
    world.pass_time(day(2027, 3, 8))
    assert see(RECOGNITION, number, world.supplier).state == "checking"  # the fifth working day is not over
    world.pass_time(day(2027, 3, 9, 0))
    row.refresh_from_db()
    assert (row.state, row.reasons[0]["code"], row.next_check_at) == ("refused", "no-answer", None)


def test_a_stale_or_forged_list_says_nothing(elsewhere: Elsewhere) -> None:
    resource = elsewhere.world.catalogued(day(2026, 11, 2))
    number = elsewhere.brought(elsewhere.certificate(), elsewhere.listed(), resource)
    elsewhere.publish(NOW - timedelta(hours=24))
    assert elsewhere.checked(number).state == "checking"
    elsewhere.publish(NOW, signer=OTHER)
    assert elsewhere.checked(number).state == "checking"
    elsewhere.reachable[f"{BASE}/status/revocation"] = elsewhere.reachable[
        f"{BASE}/status/suspension"
    ]  # a list for another
    assert elsewhere.checked(number).state == "checking"
    elsewhere.publish(NOW)
    assert elsewhere.checked(number).state == "recognised"


# As long as it stands.


def test_revoked_elsewhere_it_freezes_here_with_reasons_and_comes_back(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    number, registration = elsewhere.recognised()
    elsewhere.ended["suspension"] = {17}
    elsewhere.publish(LATER)
    elsewhere.checked(number, LATER)
    right = ownership.right(registration)
    assert (right.state, right.valid_at(LATER)) == ("stopped", False)
    assert right.elsewhere is not None
    assert [one.zh for one in right.elsewhere.reasons] == ["签发机构登记的权利被查封或临时管制"]
    perform(ownership.OWNERSHIP, "take_note", registration, by=world.supplier, at=LATER)
    with pytest.raises(NotYours):
        perform(ownership.OWNERSHIP, "take_note", registration, by=world.actor("rival"), at=LATER)
    elsewhere.ended["suspension"] = set()
    elsewhere.publish(LATER + timedelta(hours=25))
    elsewhere.checked(number, LATER + timedelta(hours=25))
    assert ownership.right(registration).valid_at(LATER + timedelta(hours=25))


def test_unconfirmed_for_three_days_nobody_relies_on_it(elsewhere: Elsewhere) -> None:
    number, registration = elsewhere.recognised()
    elsewhere.reachable.clear()
    elsewhere.checked(number, NOW + timedelta(hours=72))
    assert ownership.right(registration).valid_at(NOW + timedelta(hours=72))  # 72 hours are not over 72
    elsewhere.checked(number, NOW + timedelta(hours=72, seconds=1))
    assert ownership.right(registration).state == "stopped"
    elsewhere.publish(NOW + timedelta(hours=80))
    elsewhere.checked(number, NOW + timedelta(hours=80))
    assert ownership.right(registration).state == "recognised"


def test_a_key_that_was_rotated_still_vouches_for_what_it_signed(elsewhere: Elsewhere) -> None:
    number, registration = elsewhere.recognised()
    issuer = Recognition.objects.get(pk=number).issuer_id
    elsewhere.on_register(
        "add_key", issuer, method="k2", public=base58.multikey(OTHER.public_bytes), since_date=date(2027, 3, 1)
    )
    elsewhere.on_register("end_key", issuer, method="k1", until_date=date(2027, 3, 1), reason="例行轮换")
    elsewhere.publish(LATER)  # the old key signs a list after its last day
    assert elsewhere.checked(number, LATER).trouble is not None
    elsewhere.publish(LATER, signer=OTHER, key="k2")
    row = elsewhere.checked(number, LATER)
    assert (row.trouble, ownership.right(registration).state) == (None, "recognised")


def test_a_lost_key_never_vouched_for_anything(elsewhere: Elsewhere) -> None:
    number, registration = elsewhere.recognised()
    issuer = Recognition.objects.get(pk=number).issuer_id
    elsewhere.on_register("end_key", issuer, method="k1", until_date=date(2027, 3, 1), lost=True, reason="密钥被盗")
    assert number in recognition.queries.waiting(NOW)
    elsewhere.checked(number)
    right = ownership.right(registration)
    assert right.state == "stopped"
    assert right.elsewhere is not None
    assert right.elsewhere.reasons[0].zh == "签名时密钥不在使用期内"


def test_a_key_that_was_lost_is_not_found_again_by_ending_it_once_more(elsewhere: Elsewhere) -> None:
    issuer = elsewhere.listed()
    elsewhere.on_register("end_key", issuer, method="k1", until_date=date(2026, 12, 31), lost=True, reason="私钥外泄")
    elsewhere.on_register(
        "end_key", issuer, method="k1", until_date=date(2030, 12, 31), lost=False, reason="再停用一次"
    )
    (key,) = RecognisedRegistrar.objects.get(pk=issuer).keys
    assert (key["until"], key["lost"]) == ("2026-12-31", True)


def test_struck_off_its_rights_stop_and_nothing_new_is_taken(elsewhere: Elsewhere) -> None:
    number, registration = elsewhere.recognised()
    issuer = Recognition.objects.get(pk=number).issuer_id
    elsewhere.on_register("suspend", issuer, reason="核查中")
    other = elsewhere.world.catalogued(day(2026, 11, 3), source="meters", name="另一示例数据")
    with pytest.raises(Refused) as shut:
        elsewhere.brought(elsewhere.certificate(), issuer, other)
    assert [one.rule for one in shut.value.findings if one.blocks] == ["the_issuer_is_recognised"]
    assert ownership.right(registration).state == "recognised"  # what was recognised before stands
    elsewhere.on_register("strike_off", issuer, reason="资质被撤销")
    elsewhere.checked(number)
    assert ownership.right(registration).state == "stopped"


def test_at_the_end_of_validity_it_lapses_and_is_asked_about_no_more(elsewhere: Elsewhere) -> None:
    number, registration = elsewhere.recognised()
    elsewhere.world.pass_time(day(2031, 9, 1) - timedelta(seconds=1))
    assert ownership.right(registration).state == "recognised"
    elsewhere.world.pass_time(day(2031, 9, 1))
    assert ownership.right(registration).state == "lapsed"
    row = Recognition.objects.get(pk=number)
    assert (row.state, row.next_check_at) == ("ended", None)


def test_its_holder_may_give_it_up_and_bring_it_again(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    number, registration = elsewhere.recognised()
    perform(ownership.OWNERSHIP, "give_up", registration, by=world.supplier, at=NOW, reason="改在本地登记")
    world.settle(NOW)
    row = Recognition.objects.get(pk=number)
    assert row.state == "ended"
    again = elsewhere.checked(elsewhere.brought(elsewhere.certificate(), row.issuer_id, row.resource_id))
    assert again.state == "recognised"


def test_what_follows_is_entered_where_it_was_registered(elsewhere: Elsewhere) -> None:
    from tests.registry.test_dealings import refused as shut_for

    _, registration = elsewhere.recognised()
    asked = {
        "registration": registration,
        "rights": ["holding"],
        "unchanged": True,
        "papers": [elsewhere.world.paper("renewal")],
    }
    told = shut_for(elsewhere.world, RIGHT_RENEWAL, day(2031, 5, 5), **asked)
    assert "该权利登记在其他登记机构" in [one.words.zh for one in told.findings if one.blocks]


# Against a right that stands here.


def test_a_right_registered_here_puts_it_before_the_registrar(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    resource = world.catalogued(day(2026, 11, 2))
    mine = world.registered(day(2026, 11, 3), resource=resource)
    number = elsewhere.brought(elsewhere.certificate(), elsewhere.listed(), resource)
    row = elsewhere.checked(number)
    assert (row.state, row.registration_id) == ("conflict", None)
    assert [(one["kind"], one.get("registration")) for one in row.conflicts] == [("right", mine)]
    with pytest.raises(NotYours):  # never by who brings it
        perform(RECOGNITION, "accept", number, by=world.supplier, at=NOW, finding="同一权利人")
    perform(RECOGNITION, "accept", number, by=world.registrar, at=NOW, finding="同一权利人，两处登记并存")
    world.settle(NOW)
    row.refresh_from_db()
    assert ownership.right(int(row.registration_id or 0)).state == "recognised"
    assert len(ownership.rights(resource)) == 2  # the same right stands there twice, and both are told of


def test_data_of_another_name_is_for_a_person(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    resource = world.catalogued(day(2026, 11, 2), name="另一批数据")
    number = elsewhere.brought(elsewhere.certificate(), elsewhere.listed(), resource)
    row = elsewhere.checked(number)
    assert [one["kind"] for one in row.conflicts] == ["name"]
    perform(RECOGNITION, "reject", number, by=world.registrar, at=NOW, finding="与凭证所载不是同一数据")
    assert ownership.rights(resource) == ()


def test_revoked_before_the_registrar_decides_it_cannot_be_recognised(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    resource = world.catalogued(day(2026, 11, 2), name="另一批数据")
    number = elsewhere.brought(elsewhere.certificate(), elsewhere.listed(), resource)
    elsewhere.checked(number)
    elsewhere.ended["revocation"] = {17}
    elsewhere.publish(LATER)
    elsewhere.checked(number, LATER)
    with pytest.raises(Refused):
        perform(RECOGNITION, "accept", number, by=world.registrar, at=LATER, finding="予以认可")
    with pytest.raises(Refused):  # nor on what was said three days ago
        perform(RECOGNITION, "accept", number, by=world.registrar, at=LATER + timedelta(hours=73), finding="予以认可")


# Whose register it is, and who sees what.


def test_only_the_supervisor_keeps_the_register(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    issuer = elsewhere.listed()
    for name in ("supplier", "registrar"):
        with pytest.raises(NotYours):
            perform(recognition.RECOGNISED_REGISTRAR, "strike_off", issuer, by=world.actor(name), at=NOW, reason="不服")
    with pytest.raises(Refused):
        elsewhere.on_register(
            "add_key", issuer, method="k1", public=base58.multikey(OTHER.public_bytes), since_date=date(2027, 1, 1)
        )
    for wrong in ({"did": "did:key:z6Mk"}, {"public": "z" + "1" * 50}, {"fields": ["right"]}, {"method": "a#b"}):
        with pytest.raises(BadInput):
            elsewhere.listed(**({"did": "did:web:second.example"} | wrong))
    with pytest.raises(IntegrityError), transaction.atomic():
        elsewhere.listed()


def test_a_stranger_sees_no_recognition_of_others(elsewhere: Elsewhere) -> None:
    number, _ = elsewhere.recognised()
    with pytest.raises(Unknown):
        see(RECOGNITION, number, elsewhere.world.actor("rival"))
    (shown,), total = recognition.registrars()
    assert (total, shown.name, shown.recognised) == (1, "示例邻省登记中心", 1)


def test_neither_or_both_sources_are_not_taken(elsewhere: Elsewhere) -> None:
    issuer, resource = elsewhere.listed(), elsewhere.world.catalogued(day(2026, 11, 2))
    with pytest.raises(BadInput):
        elsewhere.brought(elsewhere.certificate(), issuer, resource, address="")
    number = elsewhere.brought(elsewhere.certificate(), issuer, resource)
    perform(RECOGNITION, "withdraw", number, by=elsewhere.world.supplier, at=NOW, reason="填错")
    assert elsewhere.checked(number).state == "withdrawn"


def test_hands_that_are_not_its_holders_bring_nothing(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    resource = world.catalogued(day(2026, 11, 2))
    issuer = elsewhere.listed()
    with pytest.raises(Refused) as shut:
        elsewhere.brought(elsewhere.certificate(), issuer, resource, by="rival")
    assert "it_is_about_catalogued_data" in [one.rule for one in shut.value.findings if one.blocks]
    with pytest.raises(Refused) as shut:
        elsewhere.brought(elsewhere.certificate(), issuer, resource, registrar=world.parties["rival"].pk)
    assert "the_registrar_here_is_another" in [one.rule for one in shut.value.findings if one.blocks]
