"""Licences under which open data is released, and where their texts stand. Pure. Texts are named, never fetched."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Choice


class Licence(Choice):
    CC_BY = "cc-by-4.0", "知识共享 署名 4.0（CC BY 4.0）", "Creative Commons Attribution 4.0 (CC BY 4.0)"
    CC0 = "cc0-1.0", "知识共享 放弃权利 1.0（CC0 1.0）", "Creative Commons Zero 1.0 (CC0 1.0)"
    ODC_BY = "odc-by-1.0", "开放数据共用 署名 1.0（ODC-By 1.0）", "Open Data Commons Attribution 1.0 (ODC-By 1.0)"
    MIT = "mit", "MIT 许可证", "MIT licence"
    OWN = "own-terms", "自定条款", "Terms of its own"


ADDRESSES = {
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    Licence.ODC_BY: "https://opendatacommons.org/licenses/by/1-0/",
    Licence.MIT: "https://opensource.org/license/mit",
}
