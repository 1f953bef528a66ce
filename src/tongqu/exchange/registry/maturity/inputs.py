"""The twenty-eight questions, and what each domain's answers stand on. No Django."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.inputs import Choice, Inputs, ask
from tongqu.exchange.bedrock.values import Words


class Level(Choice):
    """The five levels of the edition of 2018."""

    INITIAL = "1", "1 初始级", "1 Initial"
    MANAGED = "2", "2 受管理级", "2 Managed"
    ROBUST = "3", "3 稳健级", "3 Robust"
    QUANTITATIVE = "4", "4 量化管理级", "4 Quantitatively managed"
    OPTIMISING = "5", "5 优化级", "5 Optimising"


class SelfAssessment(Inputs):
    """A level for each item as the firm sees itself, and for each domain what that stands on."""

    scope: str = ask("自评范围", "Scope", min_length=2, max_length=400, head=Words("自评", "The assessment"))
    assessed_date: date = ask("自评日期", "Assessed on")
    public: bool = ask("公开自评结果", "Show the result to anyone", default=False)
    strategy_1: Level = ask("数据战略规划", "Planning", head=Words("数据战略", "Strategy"))
    strategy_2: Level = ask("数据战略实施", "Implementation")
    strategy_3: Level = ask("数据战略评估", "Evaluation")
    strategy_evidence: str = ask(
        "数据战略的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    governance_1: Level = ask("数据治理组织", "Organisation", head=Words("数据治理", "Governance"))
    governance_2: Level = ask("数据制度建设", "Rules")
    governance_3: Level = ask("数据治理沟通", "Communication")
    governance_evidence: str = ask(
        "数据治理的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    architecture_1: Level = ask("数据模型", "Models", head=Words("数据架构", "Architecture"))
    architecture_2: Level = ask("数据分布", "Distribution")
    architecture_3: Level = ask("数据集成与共享", "Integration and sharing")
    architecture_4: Level = ask("元数据管理", "Metadata")
    architecture_evidence: str = ask(
        "数据架构的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    application_1: Level = ask("数据分析", "Analysis", head=Words("数据应用", "Application"))
    application_2: Level = ask("数据开放共享", "Opening and sharing")
    application_3: Level = ask("数据服务", "Services")
    application_evidence: str = ask(
        "数据应用的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    security_1: Level = ask("数据安全策略", "Policy", head=Words("数据安全", "Security"))
    security_2: Level = ask("数据安全管理", "Management")
    security_3: Level = ask("数据安全审计", "Audit")
    security_evidence: str = ask(
        "数据安全的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    quality_1: Level = ask("数据质量需求", "Requirements", head=Words("数据质量", "Quality"))
    quality_2: Level = ask("数据质量检查", "Checks")
    quality_3: Level = ask("数据质量分析", "Analysis")
    quality_4: Level = ask("数据质量提升", "Improvement")
    quality_evidence: str = ask(
        "数据质量的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    standards_1: Level = ask("业务术语", "Business terms", head=Words("数据标准", "Standards"))
    standards_2: Level = ask("参考数据和主数据", "Reference and master data")
    standards_3: Level = ask("数据元", "Data elements")
    standards_4: Level = ask("指标数据", "Indicators")
    standards_evidence: str = ask(
        "数据标准的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )
    lifecycle_1: Level = ask("数据需求", "Requirements", head=Words("数据生存周期", "Life cycle"))
    lifecycle_2: Level = ask("数据设计和开发", "Design and development")
    lifecycle_3: Level = ask("数据运维", "Operation")
    lifecycle_4: Level = ask("数据退役", "Retirement")
    lifecycle_evidence: str = ask(
        "数据生存周期的依据", "What this stands on", widget="textarea", min_length=2, max_length=1000
    )


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)
