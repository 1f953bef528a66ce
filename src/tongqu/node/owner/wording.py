"""Short names, in both languages, for what the owner is shown: modes, standings, faults, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone

from tongqu.wire.words import Words

HERE = timezone(timedelta(hours=8))
"""Beijing time, in which moments are shown to people."""

MODES = {
    "verification": Words("核验", "verification"),
    "dataset": Words("数据集", "data set"),
    "api": Words("接口查询", "query"),
    "model": Words("模型评分", "model"),
    "report": Words("报告", "report"),
}

STANDINGS = {
    "active": Words("在用", "in use"),
    "suspended": Words("已暂停", "suspended"),
    "revoked": Words("提前终止", "stopped early"),
    "not-begun": Words("未开始", "not begun"),
    "used-up": Words("额度用完", "used up"),
    "ended": Words("已到期", "period over"),
}

WHY_STANDS = {
    "suspended": Words("交易所已暂停，恢复前不作答。", "By the exchange; nothing is answered until it goes on."),
    "revoked": Words("由交易所，如买方提前结束。", "By the exchange, as when the buyer ends the use."),
}
"""What to know of a standing that its word does not say."""

LEVELS = {
    "good": Words("正常", "in order"),
    "warning": Words("提醒", "note"),
    "bad": Words("须处理", "to be mended"),
    "not-looked": Words("未查", "not looked at"),
}

ABOUT = {
    "config": Words("配置", "configuration"),
    "rights": Words("文件权限", "file rights"),
    "disk": Words("磁盘", "disk"),
    "open-files": Words("打开文件数", "open files"),
    "libraries": Words("软件版本", "libraries"),
    "enrolled": Words("登记", "enrolment"),
    "key": Words("签名密钥", "signing key"),
    "journal": Words("计量日志", "journal"),
    "index": Words("索引", "index"),
    "statements": Words("结算单", "statements"),
    "backup": Words("备份", "back-up"),
    "restored": Words("恢复", "restoration"),
    "running": Words("运行", "running"),
    "sources": Words("数据源", "sources"),
    "source": Words("数据源", "source"),
    "tls": Words("加密", "encryption"),
    "exchange": Words("交易所", "exchange"),
    "clock": Words("时钟", "clock"),
    "port": Words("端口", "port"),
    "listening": Words("监听", "listening"),
    "address": Words("地址", "address"),
}

SYNC_FAULTS = {
    "not-yet-synced": Words("尚未同步", "not synced yet"),
    "exchange-unreachable": Words("连不上交易所", "the exchange cannot be reached"),
    "clock-skew": Words("时钟相差过大", "the clocks differ too much"),
    "not-my-answer": Words("应答不是给本节点的", "the answer was to somebody else"),
    "reply-not-believed": Words("应答的签章不可信", "the answer's seal does not fit"),
    "sync-failed": Words("节点自身出错", "the node itself failed"),
}

SETTLED = {
    None: Words("待交易所确认", "waits for the exchange"),
    "taken": Words("已收", "taken"),
    "number-taken": Words("同号另有一份", "another has its number"),
    "contract-unknown": Words("交易所没有该合同", "the exchange knows no such contract"),
    "refused": Words("规则不符", "against the rules"),
    "not-now": Words("交付已结束", "the delivery has ended"),
}

REFUSALS = {
    "disk-full": Words("磁盘将满", "disk nearly full"),
    "engine-lost": Words("计算引擎中断", "engine lost"),
    "source-changed": Words("数据的列已变", "columns changed"),
    "worker-restarting": Words("进程正在重启", "process restarting"),
    "token-missing": Words("没有带令牌", "no token"),
    "permit-or-token-wrong": Words("许可或令牌不对", "permit or token wrong"),
    "bad-request": Words("请求格式不对", "not well formed"),
    "call-key-missing": Words("没有调用编号", "no call key"),
    "body-too-large": Words("请求过大", "body too large"),
    "batch-too-large": Words("批量过大", "batch too large"),
    "permit-suspended": Words("许可已暂停", "permit suspended"),
    "permit-revoked": Words("许可已撤销", "permit revoked"),
    "period-not-begun": Words("期限未到", "period not begun"),
    "period-ended": Words("期限已过", "period ended"),
    "purpose-not-permitted": Words("用途不符", "purpose not permitted"),
    "mode-not-permitted": Words("交付方式不符", "mode not permitted"),
    "question-not-permitted": Words("问题不符", "question not permitted"),
    "query-not-permitted": Words("查询不符", "query not permitted"),
    "scoring-not-permitted": Words("模型不符", "model not permitted"),
    "report-not-permitted": Words("报告不符", "report not permitted"),
    "other-node": Words("许可属于另一节点", "permit of another node"),
    "policy-missing": Words("许可没有使用策略", "permit without a policy"),
    "policy-not-understood": Words("策略中有不认识的条款", "policy not understood"),
    "policy-forbids": Words("策略禁止", "policy forbids it"),
    "region-not-stated": Words("未说明使用地域", "region not stated"),
    "region-not-permitted": Words("地域不符", "region not permitted"),
    "recipient-not-permitted": Words("接收方不符", "recipient not permitted"),
    "not-declared": Words("未在本节点声明", "not declared here"),
    "version-not-held": Words("没有所固定的版本", "version not held"),
    "parameter-missing": Words("缺少参数", "parameter missing"),
    "parameter-unknown": Words("参数不认识", "parameter unknown"),
    "parameter-type": Words("参数类型不符", "parameter of another type"),
    "parameter-outside": Words("参数超出范围", "parameter outside"),
    "cursor-wrong": Words("分页标记不对", "cursor wrong"),
    "purpose-sees-no-rows": Words("该用途看不到行", "purpose sees no rows"),
    "version-changed": Words("版本已更新", "version changed"),
    "query-too-heavy": Words("查询过重", "query too heavy"),
    "row-too-large": Words("单行过大", "row too large"),
    "keys-repeated": Words("键有重复", "keys repeated"),
    "batch-too-small": Words("批量过小", "batch too small"),
    "batch-too-near": Words("与前批过近", "batch too near"),
    "counts-exhausted": Words("计数次数用完", "counts exhausted"),
    "probing-limit": Words("试探过多", "probing limit"),
    "blinding-required": Words("须用盲化的键", "blinding required"),
    "blinding-not-declared": Words("未声明盲化", "blinding not declared"),
    "blindings-exhausted": Words("盲化密钥过多", "blindings exhausted"),
    "blinding-wrong": Words("盲化公钥不对", "blinding wrong"),
    "key-not-blinded": Words("键未盲化", "key not blinded"),
    "mark-not-agreed": Words("水印约定不一致", "mark not agreed"),
    "copy-being-made": Words("副本生成中", "copy being made"),
    "copy-failed": Words("副本生成失败", "copy failed"),
    "link-expired": Words("链接过期", "link expired"),
    "link-wrong": Words("链接不对", "link wrong"),
    "calls-exhausted": Words("次数用完", "calls exhausted"),
    "rate-exceeded": Words("超过频率", "rate exceeded"),
    "too-many-at-once": Words("并发过多", "too many at once"),
    "node-busy": Words("节点忙", "node busy"),
    "call-key-reused": Words("调用编号重复使用", "call key reused"),
    "answer-gone": Words("答案无法重现", "answer gone"),
    "consent-missing": Words("没有本人同意", "no consent"),
    "consent-ended-since": Words("同意已撤回", "consent withdrawn"),
    "consent-not-checkable": Words("不能逐人核对同意", "consent cannot be checked"),
    "consents-not-fresh": Words("同意名单过旧", "consents not fresh"),
    "lease-missing": Words("没有租约", "no lease"),
    "lease-ended": Words("租约到期", "lease ended"),
    "clock-skew": Words("时钟不准", "clock skew"),
    "source-not-served": Words("数据源不可用", "source not served"),
    "source-being-read": Words("数据源读入中", "source being read"),
    "journal-unwritable": Words("无法记账", "journal unwritable"),
    "too-slow": Words("超时", "too slow"),
    "node-failed": Words("节点出错", "node failed"),
    "no-such-door": Words("没有这个接口", "no such door"),
    "range-outside": Words("字节段在文件之外", "range outside"),
    "receipt-unknown": Words("没有这份回执", "receipt unknown"),
    "acknowledgement-key-missing": Words("未登记确认密钥", "no acknowledgement key"),
    "acknowledgement-seal-wrong": Words("确认的签章不对", "acknowledgement's seal wrong"),
    "acknowledgement-other-receipt": Words("确认的是另一回执", "acknowledges another receipt"),
    "feature-unfit": Words("特征不符", "feature unfit"),
    "keys-wanted": Words("应发送键", "keys wanted"),
    "rows-wanted": Words("应发送行", "rows wanted"),
    "model-failed": Words("模型出错", "model failed"),
    "too-near": Words("与先前所问过近", "too near"),
    "group-too-small": Words("分组过小", "group too small"),
    "period-wrong": Words("报告期不对", "period wrong"),
    "period-not-covered": Words("报告期无数据", "period not covered"),
    "period-without-beginning": Words("期限没有起点", "period without beginning"),
}


def of(table: Mapping[str, Words], code: str) -> Words:
    """The words of a code; a code that a newer part made is told as it is, since a name is better than none."""
    return table.get(code) or Words(code, code)
