"""What data the whole society has (数据资源调查): surveys, entries made of one's own accord, and the supply list of both and the catalogue."""

from tongqu.exchange.registry.survey import steps
from tongqu.exchange.registry.survey.procedure import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER
from tongqu.exchange.registry.survey.queries import Statistics, SurveyView, statistics, survey
from tongqu.exchange.registry.survey.supply import FACETS, SupplyEntryView, SupplyPage, aggregate, supply

__all__ = [
    "FACETS", "SUPPLY_ENTRY", "SURVEY", "SURVEY_ANSWER", "Statistics", "SupplyEntryView", "SupplyPage", "SurveyView", "aggregate",
    "statistics", "steps", "supply", "survey",
]  # fmt: skip
