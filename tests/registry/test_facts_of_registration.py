"""What would embarrass a registrar most to get wrong, each fact under its name; facts 9 and 11 to 15 where their stories are told."""

from __future__ import annotations

from datetime import date

import pytest

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Refused
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.models import Certificate, Registration
from tongqu.exchange.registry.ownership.certificate_code import CertificateCode, Series

MONDAY = day(2026, 11, 2)
TODAY = date(2026, 11, 23)


def test_fact_1_the_three_rights_are_called_holding_use_and_operation() -> None:
    words = [one.zh for one in ownership.right_words({"use", "operation", "holding"})]
    assert words == ["数据持有权", "数据使用权", "数据经营权"]


def test_fact_2_a_right_is_not_exclusive_and_nothing_in_the_database_makes_it_so(world: World) -> None:
    first = world.registered(MONDAY)
    resource = world.catalogued(MONDAY, "rival")
    second = world.registered(MONDAY, by="rival", resource=resource)
    assert [world.state(one) for one in (first, second)] == ["registered", "registered"]
    unique = [one.name for one in Registration._meta.constraints if type(one).__name__ == "UniqueConstraint"]
    assert unique == []
    assert not any(field.unique for field in Registration._meta.concrete_fields if field.name != "id")


def test_fact_3_raw_government_data_is_not_registered_and_a_public_product_only_with_its_own_registration(
    world: World,
) -> None:
    resource = world.catalogued(MONDAY)
    for changes, cite in (({"origin": "duty"}, "PROP35:15(1)"), ({"origin": "public_product"}, "PROP35:15(2)")):
        with pytest.raises(Refused) as shut:
            world.apply(MONDAY, resource=resource, **changes)
        assert cite in {finding.cite for finding in shut.value.findings if finding.blocks}


def test_fact_4_who_is_not_in_the_national_directory_issues_no_national_certificate(world: World) -> None:
    shown = ownership.certificate_of(world.registered(MONDAY))
    assert shown is not None
    assert (shown.national, shown.code[:2], "非国家" in shown.words.zh) == (False, "YD", True)
    assert Certificate.objects.filter(code__startswith="SJ").count() == 0


def test_fact_5_the_two_registrations_have_two_sets_of_clocks() -> None:
    def days(text: str) -> list[object]:
        names = ("acceptance", "completion" if text == "prop35" else "review", "publicity")
        return [law.figure(f"{text}.{name}", on=TODAY).value for name in names]

    assert (days("prop35"), days("reg26")) == ([3, 10, 5], [3, 20, 10])
    assert law.figure("prop35.validity_years", on=TODAY).value == 5


def test_fact_6_three_working_days_of_silence_are_acceptance(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.pass_time(day(2026, 11, 5, 23, 59))
    assert world.state(registration) == "applied"
    world.pass_time(day(2026, 11, 6, 0))
    assert world.state(registration) == "accepted"


def test_fact_7_working_days_follow_the_state_council_with_its_worked_weekends() -> None:
    assert calendar.is_working(date(2026, 2, 14))  # a Saturday worked for Spring Festival
    assert not calendar.is_working(date(2026, 2, 16))  # the Monday of the holiday
    assert calendar.add_working_days(date(2026, 2, 13), 3).day == date(2026, 2, 25)


def test_fact_8_a_certificate_code_has_fifteen_characters_and_its_serial_begins_anew_each_month() -> None:
    first = str(CertificateCode(Series("SJ", "42", "1", 2026, 11), 1))
    assert (first, len(first)) == ("SJ4212026110001", 15)
    assert str(CertificateCode(Series("SJ", "42", "1", 2026, 12), 1)) == "SJ4212026120001"
    assert law.figure("prop35.certificate_serial_last", on=TODAY).value == 9_999


def test_the_near_miss_renewal_is_six_months_here_and_sixty_days_there() -> None:
    assert law.figure("prop35.renewal_months", on=TODAY).value == 6
    assert law.figure("prop35.renewal_months", on=TODAY).unit == "months"


def test_fact_10_profit_on_public_data_is_the_ten_year_yield_and_at_most_six_points() -> None:
    """Over what the treasury pays, not over assets, and not six per cent of cost; looked at anew every three years at the latest."""
    over, review = law.figure("price65.profit_over_treasury", on=TODAY), law.figure("price65.review_years", on=TODAY)
    assert (over.value, over.unit, over.source.key) == (600, "basis_points", "PRICE65:3(1)")
    assert review.value == 3
