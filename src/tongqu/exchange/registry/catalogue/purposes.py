"""What data may be used for: the words in which grants, products and permits name a purpose. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Choice


class Purpose(Choice):
    RISK = "risk-management", "风险管理", "Risk management"
    RESEARCH = "research", "研究分析", "Research"
    ENERGY = "energy-saving", "节能降碳", "Energy saving"
    PLANNING = "planning", "规划管理", "Planning"
    PUBLIC = "public-service", "公共服务", "Public service"
    OPERATIONS = "operations", "生产经营", "Business operations"
