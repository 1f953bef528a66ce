"""The shapes of what queries answer. Money: whole fen, or micro-yuan where the name says so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema

from tongqu.exchange.web.api.shapes import Page, Said


class NamedState(Schema):
    name: str
    words: Said


class TableSeat(Schema):
    """A seat belongs to the party that the subject's column `field` names, in one of `roles` (none: any)."""

    name: str
    field: str
    roles: list[str]
    words: Said


class TableAct(Schema):
    """`by` names seats, offices (roles), `anyone` or `clock`; `to` is null where the state stays. `asks` is JSON Schema."""

    name: str
    words: Said
    frm: list[str]
    to: str | None
    by: list[str]
    by_words: list[Said]
    cite: str | None
    second_factor: bool
    rules: list[str]
    by_the_clock_alone: bool
    asks: dict[str, Any]


class TableClock(Schema):
    """`fixed` units, or as many as the figure says, or as the subject itself says."""

    name: str
    words: Said
    unit: str
    fixed: int | None
    figure: str | None
    runs_in: list[str]
    then: str | None
    afresh: bool
    extendable: bool
    cite: str | None


class Table(Schema):
    name: str
    words: Said
    cite: str | None
    starts: str
    ends: list[str]
    way: list[str]
    states: list[NamedState]
    seats: list[TableSeat]
    seen_by: list[str]
    held_by: list[str]
    begins: TableAct
    acts: list[TableAct]
    clocks: list[TableClock]
    mermaid: str
    mermaid_en: str


class RuleInForce(Schema):
    name: str
    words: Said
    cite: str
    cite_words: Said
    strength: str
    since: date
    until: date | None


class Chapter(Schema):
    """The rules under one instrument. `certainty` says how well the house knows the text."""

    instrument: str
    name: Said
    issuer: Said
    number: str
    certainty: str
    rules: list[RuleInForce]


class Figure(Schema):
    key: str
    value: int | str
    unit: str
    cite: str
    cite_words: Said
    certainty: str
    since: date
    until: date | None
    note: Said


class OddDay(Schema):
    """A weekday that is off, or a weekend day that is worked."""

    day: date
    working: bool
    reason: Said | None


class Year(Schema):
    """`provisional` while no arrangement is published for the year; `edition` changes when its days change."""

    year: int
    provisional: bool
    edition: str
    working_days: int
    exceptions: list[OddDay]


class Log(Schema):
    """`checkpoint` is a signed note (C2SP), `key` its verifier key, `waiting` facts that have no place yet."""

    size: int
    root: str
    checkpoint: str
    key: str
    waiting: int


class Product(Schema):
    """`total_fen` is the most the published terms can cost; `charge` is what one unit is: each one asked, each one found, or
    each row. A standing instruction agrees to the terms at once."""

    id: int
    name: str
    summary: str
    provider: int
    provider_name: str
    mode: str
    data_class: str
    public_data: bool
    personal: str
    price_kind: str
    charge: str
    price_micro_yuan: int | None
    price_fen: int | None
    total_fen: int
    purposes: list[str]
    standing_instruction: bool
    published_at: datetime | None


class RegisteredElsewhere(Schema):
    """Which registrar elsewhere registered a right that is recognised here, and where its certificate is shown."""

    registrar: str
    registrar_code: str
    did: str
    code: str
    address: str


class RecognisedRegistrar(Schema):
    """A registrar whose certificates are taken in without a second review. `recognised`: how many of its rights stand here."""

    id: int
    name: str
    credit_code: str
    did: str
    national: bool
    basis: str
    state: str
    recognised: int


class RecognisedRegistrarPage(Page):
    items: list[RecognisedRegistrar]


class ProductInFull(Product):
    """`certificate` is the code of the registered right the product stands on; `review` says what it was published on.

    `registered_elsewhere` says who registered it, where that was no registrar here."""

    source_statement: str
    certificate: str | None
    registered_elsewhere: RegisteredElsewhere | None
    terms: dict[str, Any]
    sentences: list[Said]
    review: str


class ProductPage(Page):
    items: list[Product]


class CatalogEntry(Schema):
    """A data set: meanings in our words, and as its catalogue writes them. `region`: GB/T 2260.

    `source`: `own` for a resource of this market, `others` for an entry of another's catalogue. `id` is its number there.
    """

    id: int
    source: str
    address: str
    catalog: str
    catalog_name: str
    key: str
    title: str
    text: str
    department: str
    region: str
    category: str
    industry: str
    tags: list[str]
    opening: str
    opening_as_written: str
    cycle: str
    cycle_as_written: str
    formats: list[str]
    formats_as_written: list[str]
    published_date: date | None
    updated_date: date | None
    url: str
    same_as: int | None
    changed_at: datetime


class FacetValue(Schema):
    value: str
    count: int


class CatalogEntryPage(Page):
    """`facets`: of all that was found, how many have which value, the most first."""

    items: list[CatalogEntry]
    facets: dict[str, list[FacetValue]]


class DataElement(Schema):
    """A version of the standard of a data element. `scope`: unified (a province covers its cities) or by_territory."""

    identifier: str
    version: int
    state: str
    name: str
    aliases: list[str]
    definition: str
    type: str
    length_max: int | None
    format: str
    codes: list[tuple[str, str]]
    domain: str
    standard: str
    scope: str
    in_force_at: datetime | None


class DataElementPage(Page):
    items: list[DataElement]


class ElementSource(Schema):
    """Who is the source in a region (GB/T 2260). `ground`: first, decision, review or appointed."""

    region: str
    resource_id: int
    resource: str
    item: str
    holder: str
    ground: str
    since_at: datetime


class DataElementInFull(DataElement):
    """`source`: who is the source in the region that was asked for, null where nobody is or none was asked for."""

    versions: list[int]
    sources: list[ElementSource]
    sources_total: int
    source: ElementSource | None


class SupplyLine(Schema):
    """`source`: resource (catalogued), survey or voluntary; `id` is the resource's or the entry's."""

    source: str
    id: int
    name: str
    text: str
    holder: str
    region: str
    industry: str
    kind: str
    willing: str
    cycle: str
    day: date | None


class SupplyLines(Page):
    """`facets`: of all that was found, how many have which value, the most first."""

    items: list[SupplyLine]
    facets: dict[str, list[FacetValue]]


class Certificate(Schema):
    """Answered from the evidence. `good` when it stands today and nothing disagrees; else `faults` say what does."""

    code: str
    good: bool
    faults: list[Said]
    replaced_by: str | None
    national: bool
    words: Said
    state: str
    holder: str
    registrar: str
    data_name: str
    overview: str
    rights: list[Said]
    evidenced_at: datetime
    valid_to_at: datetime
    issued_at: datetime
    log_position: int
    content_digest: str


class Notice(Schema):
    """The four fields that are public, and until when anyone may object (null while an objection is investigated)."""

    registration: int
    applicant: str
    data_name: str
    overview: str
    restrictions: str
    published_at: datetime
    until_at: datetime | None
    objected: bool


class NoticePage(Page):
    items: list[Notice]


class LaterNotice(Schema):
    """The same four fields of what follows a first registration; `procedure` and `subject` are where to object."""

    procedure: str
    subject: int
    words: Said
    applicant: str
    data_name: str
    overview: str
    restrictions: str
    published_at: datetime
    until_at: datetime | None


class LaterNoticePage(Page):
    items: list[LaterNotice]


class Me(Schema):
    """`key` is the part of the key that is not secret."""

    person: int | None
    party: int
    name: str
    credit_code: str
    state: str
    roles: list[str]
    key: str
    mandate_until_at: datetime | None


class SignatureKey(Schema):
    """`keeper` is party for an own key, exchange for one kept sealed. `public` is raw, in hex."""

    id: int
    state: str
    person: int
    keeper: str
    name: str
    key_id: str
    public: str
    registered_at: datetime
    retired_at: datetime | None


class Account(Schema):
    """`held_fen` of `balance_fen` is reserved for deals; `proceeds_fen` is earned and not yet shared out."""

    party: int
    balance_fen: int
    held_fen: int
    available_fen: int
    proceeds_fen: int


class AccountLine(Schema):
    """Positive comes in, negative goes out; `balance` after it. `fact` leads to the proof."""

    move: int
    at: datetime
    fen: int
    balance: int
    other: str
    memo: str
    fact: int | None
    reverses: int | None


class AccountStatement(Page):
    items: list[AccountLine]


class Paper(Schema):
    sha256: str
    size: int
    media_type: str
    name: str
    kept_at: datetime


class Text(Schema):
    negotiation: int
    state: str
    text: dict[str, Any]
    digest: str
    total_fen: int
    sentences: list[Said]
    provider_signature: dict[str, Any] | None
    consumer_signature: dict[str, Any] | None


class NodeKey(Schema):
    """A key that a node, or the exchange, has had; what was made before `until` is checked with it."""

    public_key: str
    until: datetime | None


class Address(Schema):
    """Where the node stands and what its permit allows. The token is the buyer's own: the exchange never has it."""

    transfer: int
    state: str
    contract: str
    permit: str | None
    node: str
    address: str
    node_public_key: str
    node_keys: list[NodeKey]
    mode: str
    source: str
    source_version: str | None
    question: str | None
    purposes: list[str]
    ends_at: datetime


class SealedPermit(Schema):
    """A permit in its latest revision: its body says the whole usage policy; the seal is the exchange's, by the key of its time."""

    transfer: int
    permit: dict[str, Any]
    exchange_public_key: str
    exchange_keys: list[NodeKey]


class NodeStatement(Schema):
    number: int
    digest: str
    from_sequence: int
    to_sequence: int
    calls: int
    units: int
    sealed: dict[str, Any]
    received_at: datetime


class Statements(Page):
    """A page of them, in the order of their numbers; `calls` and `units` are of all."""

    transfer: int
    contract: str
    node: str
    node_public_key: str
    node_keys: list[NodeKey]
    calls: int
    units: int
    statements: list[NodeStatement]


class LineFault(Schema):
    row: int
    words: Said


class Import(Schema):
    """`unmatched` lines wait for finance; `repeated` were known; `faults` were not understood."""

    paper: str
    credited: int
    unmatched: int
    repeated: int
    faults: list[LineFault]
