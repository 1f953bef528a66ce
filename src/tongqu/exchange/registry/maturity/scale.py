"""The eight domains with their twenty-eight items and the five levels, and what answers come to. Pure.

Of the edition of 2018: domains, number of items and levels are confirmed; the names of the items are from memory and are
marked so wherever they are shown. The edition of 2025 exists and was not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words

EDITION = "GB36073"
LATER_EDITION = "GB36073-2025"
LEVELS = (
    Words("1 初始级", "1 Initial"), Words("2 受管理级", "2 Managed"), Words("3 稳健级", "3 Robust"),
    Words("4 量化管理级", "4 Quantitatively managed"), Words("5 优化级", "5 Optimising"),
)  # fmt: skip


@dataclass(frozen=True)
class Domain:
    key: str
    words: Words
    items: tuple[Words, ...]


def _items(*pairs: tuple[str, str]) -> tuple[Words, ...]:
    return tuple(Words(zh, en) for zh, en in pairs)


DOMAINS = (
    Domain("strategy", Words("数据战略", "Strategy"), _items(
        ("数据战略规划", "Planning"), ("数据战略实施", "Implementation"), ("数据战略评估", "Evaluation"))),
    Domain("governance", Words("数据治理", "Governance"), _items(
        ("数据治理组织", "Organisation"), ("数据制度建设", "Rules"), ("数据治理沟通", "Communication"))),
    Domain("architecture", Words("数据架构", "Architecture"), _items(
        ("数据模型", "Models"), ("数据分布", "Distribution"), ("数据集成与共享", "Integration and sharing"), ("元数据管理", "Metadata"))),
    Domain("application", Words("数据应用", "Application"), _items(
        ("数据分析", "Analysis"), ("数据开放共享", "Opening and sharing"), ("数据服务", "Services"))),
    Domain("security", Words("数据安全", "Security"), _items(
        ("数据安全策略", "Policy"), ("数据安全管理", "Management"), ("数据安全审计", "Audit"))),
    Domain("quality", Words("数据质量", "Quality"), _items(
        ("数据质量需求", "Requirements"), ("数据质量检查", "Checks"), ("数据质量分析", "Analysis"), ("数据质量提升", "Improvement"))),
    Domain("standards", Words("数据标准", "Standards"), _items(
        ("业务术语", "Business terms"), ("参考数据和主数据", "Reference and master data"), ("数据元", "Data elements"), ("指标数据", "Indicators"))),
    Domain("lifecycle", Words("数据生存周期", "Life cycle"), _items(
        ("数据需求", "Requirements"), ("数据设计和开发", "Design and development"), ("数据运维", "Operation"), ("数据退役", "Retirement"))),
)  # fmt: skip


def question(domain: Domain, number: int) -> str:
    return f"{domain.key}_{number}"


QUESTIONS = tuple(question(domain, number) for domain in DOMAINS for number in range(1, len(domain.items) + 1))


@dataclass(frozen=True)
class Scored:
    """One domain: the mean of its items in hundredths, rounded down, and the lowest of them."""

    domain: Domain
    hundredths: int
    lowest: int
    levels: tuple[int, ...]


def scored(answers: Mapping[str, int]) -> tuple[Scored, ...]:
    """The eight domains from the answers. Raises KeyError for one that is missing, ValueError for no level."""
    found = []
    for domain in DOMAINS:
        levels = tuple(int(answers[question(domain, number)]) for number in range(1, len(domain.items) + 1))
        if any(not 1 <= level <= 5 for level in levels):
            raise ValueError(f"{domain.key}: {levels}")
        found.append(Scored(domain, sum(levels) * 100 // len(levels), min(levels), levels))
    return tuple(found)


def mean(found: tuple[Scored, ...]) -> int:
    """Of all twenty-eight items, in hundredths, rounded down."""
    levels = [level for one in found for level in one.levels]
    return sum(levels) * 100 // len(levels)
