"""Why a line of consents was not taken, in words, with the article where there is one. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.values import Words

FAULTS: dict[str, Words] = {
    "columns": Words("列数不对", "The line has too many or too few columns"),
    "reference": Words(
        "引用不是 64 位十六进制，可能写了身份信息，未保存", "The reference is not 64 hexadecimal digits"
    ),
    "notice": Words(
        "不是本节点现行的告知编号（个人信息保护法第十四条）",
        "No notice in force at this node has this number (PIPL art. 14)",
    ),
    "words": Words("事项、形式或渠道不是规定的写法", "What was said, its form or its channel is not one of the words"),
    "form": Words(
        "同意的形式不够：提供给他人或含敏感信息须单独同意，未满十四由监护人同意（个人信息保护法第二十三、二十九、三十一条）",
        "This form is not enough: separate consent, or a guardian's under fourteen (PIPL arts. 23, 29, 31)",
    ),
    "moment": Words("时间应写明日期、时刻和时区", "The moment needs its date, time and zone"),
    "future": Words("时间在将来", "The moment lies in the future"),
    "older": Words("早于此人最近一次表示，不能改变它", "Older than what this person said last, which stands"),
    "nothing-to-withdraw": Words("没有可以撤回的同意", "There is no consent to withdraw"),
    "refused-after-given": Words("已同意的，应写作撤回", "Who consented before withdraws; write so"),
    "asked-too-soon": Words(
        "拒绝或撤回后未满规定日数即再次征求（网络数据安全管理条例第二十二条）",
        "Asked again too soon after a no (NDR art. 22)",
    ),
}
