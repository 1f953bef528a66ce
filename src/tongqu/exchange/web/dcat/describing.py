"""Data sets of this market and of others' catalogues, described in DCAT-AP's words. Pure: views in, nodes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import search
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.releases import ReleaseView
from tongqu.exchange.web.dcat import vocabularies as v
from tongqu.exchange.web.dcat.graph import Iri, Node, Text

TITLE = Words("通衢数据目录", "Tongqu data catalogue")
ABOUT = Words(
    "本市场编目的数据资源，以及从其他公开目录收录的条目",
    "Data resources of this market, and entries taken from other public catalogues",
)
ZH, EN = "zh", "en"


@dataclass(frozen=True)
class Product:
    """A product on sale of a resource: how else one gets at the data."""

    id: int
    resource_id: int
    name: str
    mode: str


@dataclass(frozen=True)
class House:
    """Where this catalogue stands and who answers for it. `places`: names of divisions by code."""

    base: str
    publisher: str
    places: Mapping[str, str]

    @property
    def catalog(self) -> str:
        return f"{self.base}/catalog#catalog"

    def at(self, path: str) -> str:
        return f"{self.base}{path}"


def house_catalog(house: House) -> tuple[Node, list[Node]]:
    """The catalogue itself, and the nodes it speaks of."""
    publisher = Node(house.at("/catalog#publisher"), ("foaf:Agent",)).say("foaf:name", Text(house.publisher, ZH))
    language = v.chinese()
    home = _document(house.at("/entries"))
    scheme = Node(house.at("/catalog#themes"), ("skos:ConceptScheme",))
    scheme.say("dct:title", Text("主题", ZH), Text("Themes", EN))
    service = Node(house.at("/api/3/action#service"), ("dcat:DataService",))
    service.say(
        "dct:title",
        Text("目录检索接口（CKAN 动作接口，只读）", ZH),
        Text("Catalogue search (CKAN action API, reading)", EN),
    )
    service.say("dcat:endpointURL", Iri(house.at("/api/3/action"))).say("dct:publisher", publisher.here)
    catalog = Node(house.catalog, ("dcat:Catalog",))
    catalog.say("dct:title", Text(TITLE.zh, ZH), Text(TITLE.en, EN))
    catalog.say("dct:description", Text(ABOUT.zh, ZH), Text(ABOUT.en, EN))
    catalog.say("dct:identifier", Text(urlsplit(house.base).netloc))
    catalog.say("dct:publisher", publisher.here).say("foaf:homepage", home.here).say("dcat:themeTaxonomy", scheme.here)
    catalog.say("dct:language", *[one.here for one in language]).say("dcat:service", service.here)
    return catalog, [publisher, *language, home, scheme, service]


def others_catalog(house: House, entry: EntryView) -> list[Node]:
    """The catalogue that an entry stands in: a catalogue within ours. The last node is the catalogue."""
    publisher = Node(house.at(f"/catalog#publisher-of-{entry.catalog_id}"), ("foaf:Agent",))
    publisher.say("foaf:name", Text(entry.catalog_name or entry.catalog, ZH))
    node = Node(house.at(f"/catalog#catalog-{entry.catalog_id}"), ("dcat:Catalog",))
    node.say("dct:title", Text(entry.catalog_name or entry.catalog, ZH)).say("dct:identifier", Text(entry.catalog))
    node.say("dct:description", Text(f"从“{entry.catalog_name or entry.catalog}”收录的条目", ZH))
    node.say("dct:publisher", publisher.here)
    place = _place(house, entry.catalog_region)
    node.say("dct:spatial", *[one.here for one in place])
    return [publisher, *place, node]


def entry(house: House, one: EntryView) -> list[Node]:
    """A data set of another's catalogue, in our words and with its own. The first node is the data set."""
    page = house.at(f"/entries/{one.id}")
    node = Node(f"{page}#dataset", ("dcat:Dataset",))
    node.say("dct:title", Text(one.title, ZH)).say("dct:identifier", Text(one.key))
    node.say("dct:description", Text(one.text or one.title, ZH))
    if not one.text:
        node.say("tq:withoutAbstract", Text("true", datatype="xsd:boolean"))
    node.say("dcat:keyword", *[Text(tag, ZH) for tag in one.tags])
    _dated(node, one.published_date, one.updated_date)
    publisher = Node(f"{page}#publisher", ("foaf:Agent",))
    publisher.say("foaf:name", Text(one.department or one.catalog_name or one.catalog, ZH))
    if one.department:
        node.say("tq:department", Text(one.department, ZH))
    node.say("tq:source", Text(search.OTHERS))
    themes = one.themes
    if len(themes) > 1:
        node.say("tq:themesAsWritten", Text(one.category, ZH))
    if one.industry:
        node.say("tq:industry", Text(one.industry, ZH))
    node.say("tq:openingAsWritten", _written(one.opening_as_written)).say(
        "tq:cycleAsWritten", _written(one.cycle_as_written)
    )
    node.say("dct:publisher", publisher.here)
    spoken: list[Node] = []
    told = {
        "dct:language": v.chinese(), "dct:accessRights": v.access(one.opening), "dct:accrualPeriodicity": v.frequency(one.cycle),
        "dcat:theme": [node for theme in themes for node in _theme(house, theme)],
        "dct:spatial": _place(house, one.region),
    }  # fmt: skip
    for prop, nodes in told.items():
        node.say(prop, *[each.here for each in nodes])
        spoken += nodes
    if one.url:
        landing = _document(one.url)
        node.say("dcat:landingPage", landing.here)
        spoken.append(landing)
    spoken += _written_distributions(node, one, page)
    return [node, publisher, *spoken]


def _written(text: str) -> Text | None:
    return Text(text) if text else None


def _written_distributions(node: Node, one: EntryView, page: str) -> list[Node]:
    """One for each format that the catalogue names. Where it has no link, its entry here is where one gets at it."""
    made: list[Node] = []
    for number, (format_, written) in enumerate(_formats(one), 1):
        distribution = Node(f"{page}#distribution-{number}", ("dcat:Distribution",))
        distribution.say("dct:title", Text(f"{one.title}（{written}）", ZH)).say("tq:format", Text(written))
        distribution.say("dcat:accessURL", Iri(one.url or page))
        kinds = v.file_type(format_)
        distribution.say("dct:format", *[kind.here for kind in kinds])
        node.say("dcat:distribution", distribution.here)
        made += [distribution, *kinds]
    return made


def _formats(one: EntryView) -> list[tuple[str, str]]:
    """What each is in our words, and as it is written there."""
    if one.formats_as_written:
        known = set(one.formats)
        return [(written if written in known else "", written) for written in one.formats_as_written]
    return [(format_, format_) for format_ in one.formats]


def resource(
    house: House, one: ResourceView, versions: Sequence[ReleaseView], products: Sequence[Product]
) -> list[Node]:
    """A resource of this market, with its newest version and what is on sale of it. The first node is the data set."""
    page, short = house.at(f"/resources/{one.id}"), search.summary(one, versions)
    newest = next((version for version in versions if not version.withdrawn), None)
    node = Node(f"{page}#dataset", ("dcat:Dataset",))
    node.say("dct:title", Text(one.name, ZH)).say("dct:identifier", Text(one.code))
    node.say("dct:description", Text(one.abstract or one.name, ZH))
    node.say("dcat:keyword", *[Text(name, ZH) for name in one.class_names])
    _dated(node, one.published_date, short.updated_date)
    publisher = Node(house.at(f"/catalog#holder-{one.holder_id}"), ("foaf:Agent",)).say(
        "foaf:name", Text(one.provider, ZH)
    )
    node.say("dct:publisher", publisher.here).say("tq:department", Text(one.provider, ZH))
    node.say("tq:source", Text(search.OWN))
    landing = _document(page)
    node.say("dcat:landingPage", landing.here)
    spoken = [publisher, landing]
    told = {
        "dct:language": v.chinese(), "dct:accessRights": v.access(one.opening),
        "dct:accrualPeriodicity": v.frequency(short.cycle), "dcat:theme": _theme(house, short.theme),
        "dct:spatial": _place(house, one.region),
    }  # fmt: skip
    for prop, nodes in told.items():
        node.say(prop, *[each.here for each in nodes])
        spoken += nodes
    if newest is not None:
        node.say("dcat:version", Text(str(newest.version))).say("adms:versionNotes", Text(newest.note, ZH))
        spoken += _period(node, newest, f"{page}#period") + _released(house, node, one, newest)
    return [node, *spoken, *_on_sale(house, node, products)]


def versions_before(house: House, one: ResourceView, versions: Sequence[ReleaseView]) -> list[Node]:
    """Every version but the newest, as data sets of their own: what is in the catalogue is the newest."""
    standing = [version for version in versions if not version.withdrawn]
    made: list[Node] = []
    for version in standing[1:]:
        node = Node(house.at(f"/open/{one.id}/{version.version}#dataset"), ("dcat:Dataset",))
        node.say("dct:title", Text(f"{one.name}（第 {version.version} 版）", ZH)).say(
            "dct:description", Text(version.note, ZH)
        )
        node.say("dcat:version", Text(str(version.version))).say(
            "dcat:isVersionOf", Iri(house.at(f"/resources/{one.id}#dataset"))
        )
        _dated(node, local_day(version.published_at), None)
        made += [node, *_period(node, version, f"{node.iri}-period"), *_released(house, node, one, version)]
    return made


def _released(house: House, node: Node, one: ResourceView, version: ReleaseView) -> list[Node]:
    """The file of a version: checked to have the elements of its entry, named by its hash."""
    here = house.at(f"/open/{one.id}/{version.version}")
    file = Iri(f"{here}/{version.file_name}")
    distribution = Node(f"{here}#distribution", ("dcat:Distribution",))
    distribution.say("dct:title", Text(version.file_name)).say("dct:description", Text(version.note, ZH))
    distribution.say("dcat:accessURL", file).say("dcat:downloadURL", file).say("tq:format", Text(version.format))
    distribution.say("dcat:byteSize", Text(str(version.size), datatype="xsd:decimal"))
    distribution.say("dct:issued", Text(local_day(version.published_at).isoformat(), datatype="xsd:date"))
    checksum = Node(f"{here}#sha256", ("spdx:Checksum",))
    algorithm = Node("http://spdx.org/rdf/terms#checksumAlgorithm_sha256", ("spdx:ChecksumAlgorithm",))
    checksum.say("spdx:algorithm", algorithm.here)
    checksum.say("spdx:checksumValue", Text(version.sha256, datatype="xsd:hexBinary"))
    elements = Node(house.at(f"/resources/{one.id}#elements"), ("dct:Standard",))
    elements.say("dct:title", Text(f"{one.name}：信息项", ZH))
    elements.say("dct:description", Text("、".join(element.name for element in one.elements), ZH))
    licence = v.licence(version.licence, version.licence_address, version.terms, here)
    media, kinds = v.media_type(version.media_type), v.file_type(version.format)
    distribution.say("spdx:checksum", checksum.here)
    conforms = {column.name: column.type for column in version.columns} == {e.name: e.type for e in one.elements}
    if conforms:  # an entry updated since says nothing of a file that was checked before
        distribution.say("dct:conformsTo", elements.here)
    distribution.say("dct:license", licence.here).say("dcat:mediaType", media.here)
    distribution.say("dct:format", *[kind.here for kind in kinds])
    node.say("dcat:distribution", distribution.here)
    return [distribution, checksum, algorithm, *([elements] if conforms else []), licence, media, *kinds]


def _on_sale(house: House, node: Node, products: Sequence[Product]) -> list[Node]:
    """A data set on sale is a distribution; verification is a service that answers and hands nothing out."""
    made: list[Node] = []
    for product in products:
        page = house.at(f"/products/{product.id}")
        restricted = v.access("on_application")
        if product.mode == "dataset":
            distribution = Node(f"{page}#distribution", ("dcat:Distribution",))
            distribution.say("dct:title", Text(product.name, ZH)).say("dcat:accessURL", Iri(page))
            node.say("dcat:distribution", distribution.here)
            made.append(distribution)
            continue
        service = Node(f"{page}#service", ("dcat:DataService",))
        service.say("dct:title", Text(product.name, ZH)).say("dcat:servesDataset", node.here)
        service.say("dcat:endpointURL", Iri(house.at("/api/negotiation")))
        landing = _document(page)
        service.say("dcat:landingPage", landing.here).say("dct:accessRights", *[one.here for one in restricted])
        made += [service, landing, *restricted]
    return made


def _dated(node: Node, issued: date | None, modified: date | None) -> None:
    for prop, day in (("dct:issued", issued), ("dct:modified", modified)):
        if day is not None and day.year > 1:
            node.say(prop, Text(day.isoformat(), datatype="xsd:date"))


def _period(node: Node, version: ReleaseView, iri: str) -> list[Node]:
    if not version.period_from_date and not version.period_to_date:
        return []
    period = Node(iri, ("dct:PeriodOfTime",))
    for prop, day in (("dcat:startDate", version.period_from_date), ("dcat:endDate", version.period_to_date)):
        if day is not None:
            period.say(prop, Text(day.isoformat(), datatype="xsd:date"))
    node.say("dct:temporal", period.here)
    return [period]


def _theme(house: House, name: str) -> list[Node]:
    if not name:
        return []
    mark = hashlib.sha256(name.encode()).hexdigest()[:16]
    node = Node(house.at(f"/catalog#theme-{mark}"), ("skos:Concept",)).say("skos:prefLabel", Text(name, ZH))
    return [node.say("skos:inScheme", Iri(house.at("/catalog#themes")))]


def _place(house: House, code: str) -> list[Node]:
    """A division by its code in GB/T 2260."""
    if not code:
        return []
    node = Node(house.at(f"/catalog#division-{code}"), ("dct:Location",)).say("dct:identifier", Text(code))
    return [node.say("skos:prefLabel", Text(house.places.get(code) or code, ZH))]


def _document(address: str) -> Node:
    return Node(address, ("foaf:Document",))
