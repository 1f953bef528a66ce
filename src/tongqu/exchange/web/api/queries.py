"""What the API answers besides subjects and acts: the market, the law, money, proofs, papers, and what a buyer's program
needs. What is public needs no key; everything else is for whoever may see the subject it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import File, Path, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from tongqu.exchange.bedrock import calendar, evidence, ledger, papers, procedures, rules
from tongqu.exchange.bedrock import keys as signing_keys
from tongqu.exchange.bedrock import law as statutes
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import CLOCK, Actor, NotYours, Procedure, Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import credentials, mandates, nodes, parties
from tongqu.exchange.registry import dealings, elements, harvest, ownership, recognition, search, survey
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.negotiation import NEGOTIATION, agreed, negotiation, sentences
from tongqu.exchange.trading.negotiation import text_to_sign as next_text
from tongqu.exchange.treasury import deposits, settlement
from tongqu.exchange.web import history
from tongqu.exchange.web.api import answers, shapes
from tongqu.exchange.web.api.keys import actor
from tongqu.wire.canonical import digest

router = Router(tags=["Queries"])

OFFSET: Any = Query(0, ge=0, le=10**6)  # type: ignore[type-arg]
LIMIT: Any = Query(50, ge=1, le=200)  # type: ignore[type-arg]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), lt=date(2200, 1, 1))]
Moment = Annotated[datetime, Field(description="RFC 3339 with its zone")]
FILE: Any = File(...)  # type: ignore[type-arg]
TEXT = r"^[^\x00-\x1f\x7f]*$"
FacetText = Annotated[str, Query(max_length=100, pattern=TEXT)]


# The house itself.


@router.get("/procedures", auth=None, response={200: list[answers.Table]}, summary="Every procedure")
def all_tables(request: HttpRequest) -> Any:
    return [_table(table) for table in procedures.all_procedures()]


@router.get("/procedures/{name}", auth=None, response={200: answers.Table}, summary="One procedure as a table")
def one_table(request: HttpRequest, name: Annotated[str, Path(max_length=40, pattern=TEXT)]) -> Any:
    return _table(_named(name))


def _named(name: str) -> Procedure:
    try:
        return procedures.procedure(name)
    except KeyError as error:
        raise Unknown(name) from error


def _table(table: Procedure) -> dict[str, Any]:
    return {
        "name": table.name, "words": table.words, "cite": table.cite, "starts": table.starts,
        "ends": sorted(table.ends), "way": list(table.way),
        "states": [{"name": state, "words": table.label(state)} for state in sorted(table.states)],
        "seats": [{"name": s.name, "field": s.field, "roles": sorted(s.roles), "words": s.words} for s in table.seats],
        "seen_by": [office.role for office in table.seen_by], "held_by": [office.role for office in table.held_by],
        "begins": _act(table, table.begins), "acts": [_act(table, act) for act in table.acts],
        "clocks": [
            {
                "name": c.name, "words": c.words, "unit": c.length.unit, "fixed": c.length.fixed,
                "figure": c.length.figure, "runs_in": sorted(c.runs_in), "then": c.then, "afresh": c.afresh,
                "extendable": c.most is not None, "cite": c.cite,
            }
            for c in table.clocks
        ],
        "mermaid": procedures.mermaid(table), "mermaid_en": procedures.mermaid(table, "en"),
    }  # fmt: skip


def _act(table: Procedure, act: Any) -> dict[str, Any]:
    return {
        "name": act.name, "words": table.label(act.name), "frm": list(getattr(act, "frm", ())),
        "to": getattr(act, "to", table.starts), "by": [place.name for place in act.by],
        "by_words": [place.words for place in act.by], "cite": act.cite, "second_factor": act.second_factor,
        "rules": [rule.name for rule in act.rules], "by_the_clock_alone": act.by == (CLOCK,),
        "asks": act.asks.model_json_schema(),
    }  # fmt: skip


@router.get("/rules", auth=None, response={200: list[answers.Chapter]}, summary="Rules in force on a day")
def rules_in_force(request: HttpRequest, on: Day | None = None) -> Any:
    return [
        {
            "instrument": text.key, "name": text.name, "issuer": _said(text.issuer), "number": text.number,
            "certainty": text.certainty.value,
            "rules": [
                {
                    "name": rule.name, "words": rule.words, "cite": rule.cite, "cite_words": rule.citation.full,
                    "strength": rule.strength.value, "since": rule.since, "until": rule.until,
                }
                for rule in found
            ],
        }
        for text, found in rules.chapters(on or _today())
    ]  # fmt: skip


@router.get("/figures", auth=None, response={200: list[answers.Figure]}, summary="Figures in force on a day")
def figures_in_force(request: HttpRequest, on: Day | None = None) -> Any:
    return [
        {
            "key": f.key, "value": f.value, "unit": f.unit, "cite": f.source.key, "cite_words": f.source.full,
            "certainty": f.certainty.value, "since": f.since, "until": f.until, "note": f.note,
        }
        for f in statutes.figures(on=on or _today())
    ]  # fmt: skip


def _said(value: Any) -> dict[str, str]:
    return {"zh": value.zh, "en": value.en}


def _today() -> date:
    return procedures.local_day(timezone.now())


@router.get("/calendar/{year}", auth=None, response={200: answers.Year}, summary="Working days of a year")
def calendar_year(request: HttpRequest, year: Annotated[int, Path(ge=2000, le=2100)]) -> Any:
    days = [
        calendar.look_at(date(year, 1, 1) + timedelta(days=n))
        for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    exceptions = [d for d in days if d.working == (d.day.weekday() >= 5)]
    return {
        "year": year, "provisional": calendar.provisional(year), "edition": calendar.edition(year),
        "working_days": sum(d.working for d in days),
        "exceptions": [{"day": d.day, "working": d.working, "reason": d.reason} for d in exceptions],
    }  # fmt: skip


@router.get("/log", auth=None, response={200: answers.Log}, summary="Size and root of the evidence log")
def log_head(request: HttpRequest) -> Any:
    newest = evidence.checkpoint()
    if newest is None:
        raise Unknown("checkpoint")
    return {
        "size": newest.size, "root": newest.root.hex(), "checkpoint": newest.note, "key": newest.key,
        "waiting": evidence.waiting(),
    }  # fmt: skip


# The market, for anyone.


@router.get("/products", auth=None, response={200: answers.ProductPage}, summary="Products on sale")
def products(
    request: HttpRequest,
    words: Annotated[str, Query(max_length=100, pattern=TEXT)] = "",
    mode: Annotated[str, Query(pattern=r"^(verification|dataset|api|model|report)?$")] = "",
    provider: Number | None = None,
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    found, total = listings.published(words=words, mode=mode, provider=provider, after=offset, limit=limit)
    providers = parties.organisations([product.provider_id for product in found])
    items = [_product(product, providers[product.provider_id]) for product in found]
    return shapes.page(items, total=total, offset=offset, limit=limit)


@router.get(
    "/entries",
    auth=None,
    response={200: answers.CatalogEntryPage},
    summary="Data sets of this market and of others' catalogues",
)
def catalog_entries(
    request: HttpRequest,
    words: Annotated[str, Query(max_length=100, pattern=TEXT)] = "",
    source: Annotated[str, Query(pattern=r"^(own|others)?$")] = "",
    province: Annotated[str, Query(pattern=r"^([1-9][0-9]{5})?$")] = "",
    region: Annotated[str, Query(pattern=r"^([1-9][0-9]{5})?$")] = "",
    catalog: FacetText = "",
    department: FacetText = "",
    category: FacetText = "",
    industry: FacetText = "",
    opening: FacetText = "",
    cycle: FacetText = "",
    format: FacetText = "",
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    asked = {
        "source": source, "province": province, "region": region, "catalog": catalog, "department": department, "category": category, "industry": industry,
        "opening": opening, "cycle": cycle, "format": format,
    }  # fmt: skip
    found = search.find(words, {name: value for name, value in asked.items() if value}, offset=offset, limit=limit)
    facets = {
        name: [{"value": value, "count": count} for value, count in values] for name, values in found.facets.items()
    }
    page = shapes.page([_data_set(one) for one in found.items], total=found.total, offset=offset, limit=limit)
    return {**page, "facets": facets}


@router.get("/entries/{id}", auth=None, response={200: answers.CatalogEntry}, summary="One entry of a catalogue")
def catalog_entry(request: HttpRequest, id: Annotated[Number, Path()]) -> Any:
    return _data_set(harvest.entry(id))


def _data_set(one: search.Item) -> dict[str, Any]:
    """An entry of another's catalogue; a resource of this market in the same words. `address` leads to its page."""
    if isinstance(one, harvest.EntryView):
        return {**vars(one), "source": search.OTHERS, "address": reverse("entry", args=[one.id])}
    short = search.summary(one)
    return {
        "id": one.id, "source": search.OWN, "address": reverse("resource", args=[one.id]), "catalog": "", "catalog_name": "",
        "key": one.code, "title": one.name, "text": one.abstract, "department": one.provider, "region": one.region,
        "category": short.theme, "industry": "", "tags": [], "opening": one.opening, "opening_as_written": "",
        "cycle": short.cycle, "cycle_as_written": "", "formats": list(short.formats), "formats_as_written": [],
        "published_date": one.published_date, "updated_date": short.updated_date, "url": "", "same_as": None,
        "changed_at": one.changed_at,
    }  # fmt: skip


@router.get(
    "/elements", auth=None, response={200: answers.DataElementPage}, summary="Standards of data elements in force"
)
def data_elements(
    request: HttpRequest,
    words: Annotated[str, Query(max_length=100, pattern=TEXT)] = "",
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    found = elements.elements(words, first=offset, size=limit)
    return shapes.page([vars(one) for one in found.items], total=found.total, offset=offset, limit=limit)


@router.get(
    "/elements/{identifier}",
    auth=None,
    response={200: answers.DataElementInFull},
    summary="One standard and its sources",
)
def data_element(
    request: HttpRequest,
    identifier: Annotated[str, Path(max_length=20, pattern=TEXT)],
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    region: Annotated[str, Query(pattern=r"^([1-9][0-9]{5})?$")] = "",
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    one = elements.element(identifier, version)
    sources, total = elements.sources(identifier, first=offset, size=limit)
    asked = elements.source_of(identifier, region) if region else None
    return {
        **vars(one), "sources": [vars(each) for each in sources], "sources_total": total,
        "source": vars(asked) if asked else None,
    }  # fmt: skip


@router.get("/supply", auth=None, response={200: answers.SupplyLines}, summary="The supply list")
def supply_list(
    request: HttpRequest,
    words: Annotated[str, Query(max_length=100, pattern=TEXT)] = "",
    source: FacetText = "",
    city: FacetText = "",
    section: FacetText = "",
    kind: FacetText = "",
    willing: FacetText = "",
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    chosen = {"source": source, "city": city, "section": section, "kind": kind, "willing": willing}
    found = survey.supply(words, chosen, first=offset, size=limit)
    facets = {
        name: [{"value": value, "count": count} for value, count in values] for name, values in found.facets.items()
    }
    page = shapes.page([vars(one) for one in found.items], total=found.total, offset=offset, limit=limit)
    return {**page, "facets": facets}


@router.get("/products/{id}", auth=None, response={200: answers.ProductInFull}, summary="One product")
def product(request: HttpRequest, id: Annotated[Number, Path()]) -> Any:
    found = listings.listing(id)
    if found.state != "published":
        raise Unknown(f"product {id}")
    right = ownership.right(found.registration_id) if found.registration_id else None
    terms = {
        **found.terms, "price_kind": found.price_kind, "price_micro_yuan": found.price_micro_yuan,
        "price_fen": found.price_fen, "total_fen": found.total_fen,
    }  # fmt: skip
    return {
        **_product(found, parties.organisation(found.provider_id)),
        "source_statement": found.source_statement, "certificate": right.code if right else None,
        "registered_elsewhere": vars(right.elsewhere) if right and right.elsewhere else None,
        "terms": terms, "sentences": sentences(terms), "review": found.review.get("basis", ""),
    }  # fmt: skip


def _product(found: listings.ListingView, provider: parties.OrganisationView) -> dict[str, Any]:
    names = ("id", "name", "summary", "mode", "data_class", "public_data", "personal", "price_kind",
             "price_micro_yuan", "price_fen", "total_fen", "published_at")  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        "charge": found.terms.get("charge", "asked"),
        "provider": provider.id, "provider_name": provider.name, "purposes": found.terms["purposes"],
        "standing_instruction": found.standing is not None,
    }  # fmt: skip


@router.get("/registrars", auth=None, response={200: answers.RecognisedRegistrarPage}, summary="Recognised registrars")
def registrars(request: HttpRequest, offset: int = OFFSET, limit: int = LIMIT) -> Any:
    """Registrars elsewhere whose certificates are taken in here, as the supervisor keeps them."""
    found, total = recognition.registrars(first=offset, size=limit)
    return shapes.page([vars(one) for one in found], total=total, offset=offset, limit=limit)


@router.get("/certificates/{code}", auth=None, response={200: answers.Certificate}, summary="Verify a certificate")
def certificate(request: HttpRequest, code: Annotated[str, Path(min_length=1, max_length=40, pattern=TEXT)]) -> Any:
    found = ownership.verify_certificate(code, at=timezone.now())
    shown = found.certificate
    names = ("code", "national", "words", "state", "holder", "registrar", "data_name", "overview", "evidenced_at",
             "valid_to_at", "issued_at", "log_position", "content_digest")  # fmt: skip
    return {
        **{name: getattr(shown, name) for name in names},
        "good": found.good, "rights": ownership.right_words(shown.rights), "faults": found.faults,
        "replaced_by": found.replaced_by,
    }  # fmt: skip


@router.get("/notices", auth=None, response={200: answers.NoticePage}, summary="Registrations in publicity")
def notices(request: HttpRequest, offset: int = OFFSET, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> Any:
    first = ownership.publicity(page=offset // limit + 1, size=limit)
    second = ownership.publicity(page=offset // limit + 2, size=limit) if offset % limit else None
    skipped = offset % limit
    found = [*first.items, *(second.items if second else ())][skipped : skipped + limit]
    items = [
        {
            "registration": n.registration_id, **n.fields.plain(), "published_at": n.published_at,
            "until_at": n.until_at, "objected": n.objected,
        }
        for n in found
    ]  # fmt: skip
    return shapes.page(items, total=first.total, offset=offset, limit=limit)


@router.get(
    "/notices/later", auth=None, response={200: answers.LaterNoticePage},
    summary="Transfers, changes, renewals and cancellations in publicity",
)  # fmt: skip
def later_notices(request: HttpRequest, offset: int = OFFSET, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> Any:
    first = dealings.publicity(page=offset // limit + 1, size=limit)
    second = dealings.publicity(page=offset // limit + 2, size=limit) if offset % limit else None
    skipped = offset % limit
    found = [*first.items, *(second.items if second else ())][skipped : skipped + limit]
    items = [
        {
            "procedure": dealings.BY_KIND[n.kind].name, "subject": n.dealing_id, "words": dealings.BY_KIND[n.kind].words,
            **n.fields.plain(), "published_at": n.published_at, "until_at": n.until_at,
        }
        for n in found
    ]  # fmt: skip
    return shapes.page(items, total=first.total, offset=offset, limit=limit)


# Who calls, and its money.


@router.get("/me", response={200: answers.Me}, summary="Who the key acts for")
def me(request: HttpRequest) -> Any:
    by = actor(request)
    party = parties.organisation(_party(by))
    return {
        "person": by.person, "party": party.id, "name": party.name, "credit_code": party.credit_code,
        "state": party.state, "roles": sorted(by.roles), "key": getattr(request, "api_key", ""),
        "mandate_until_at": by.mandate.until if by.mandate else None,
    }  # fmt: skip


def _party(by: Actor) -> int:
    if by.party is None:
        raise NotYours(Words("须代表一个单位", "You must act for an organisation"), [])
    return by.party


@router.get("/signature-keys", response={200: list[answers.SignatureKey]}, summary="Signature keys of the party")
def own_signature_keys(request: HttpRequest) -> Any:
    return list(credentials.signature_keys(_party(actor(request))))  # a pair would be taken for a status and its body


@router.get("/accounts/me", response={200: answers.Account}, summary="Balance of the party")
def account(request: HttpRequest) -> Any:
    party = _party(actor(request))
    funds, earned = ledger.balance(settlement.available(party)), ledger.balance(settlement.proceeds(party))
    return {
        "party": party, "balance_fen": funds.posted, "held_fen": funds.held, "available_fen": funds.available,
        "proceeds_fen": earned.posted,
    }  # fmt: skip


@router.get("/accounts/me/statement", response={200: answers.AccountStatement}, summary="Moves of the account")
def account_statement(
    request: HttpRequest,
    since: Moment | None = None,
    until: Moment | None = None,
    offset: int = OFFSET,
    limit: int = LIMIT,
) -> Any:
    since, until = _moment("since", since), _moment("until", until)
    path = settlement.available(_party(actor(request)))
    total = ledger.lines(path, since=since, until=until)
    found = ledger.statement(path, since=since, until=until, offset=offset, limit=limit)
    items = [{name: getattr(line, name) for name in answers.AccountLine.model_fields} for line in found]
    return shapes.page(items, total=total, offset=offset, limit=limit)


def _moment(name: str, moment: datetime | None) -> datetime | None:
    """In UTC. Raises BadInput for a moment without its zone, or in a year that no calendar of the house reaches."""
    if moment is None:
        return None
    if moment.tzinfo is None or not 1900 < moment.year < 2199:
        raise BadInput([(name, Words("应为带时区的时刻", "must be a moment with its time zone"))])
    return moment.astimezone(UTC)


# Proofs and papers.


@router.get("/proofs/{fact}", response={200: dict[str, Any]}, summary="The proof file of a fact")
def proof(request: HttpRequest, fact: Annotated[Number, Path()]) -> Any:
    """For who may see the subject of the fact, unless the fact is withheld from it; and for who performed the act."""
    return history.proof_of(fact, actor(request))


@router.get("/log/{position}/proof", response={200: dict[str, Any]}, summary="The proof file of a place in the log")
def proof_at(request: HttpRequest, position: Annotated[int, Path(ge=0, le=2**63 - 1)]) -> Any:
    """By the number that pages show beside what happened. Else as `/proofs/{fact}`."""
    return history.proof_at(position, actor(request))


@router.post("/papers", response={201: answers.Paper}, summary="Hand in a paper")
def hand_in(request: HttpRequest, file: UploadedFile = FILE) -> Any:
    """The kind is judged by the name's ending and by the bytes: PDF, PNG, JPEG, CSV, Excel, JSON, text, ZIP."""
    by = actor(request)
    kept = papers.keep(file.chunks(), name=file.name or "paper", at=timezone.now(), by=_party(by), person=by.person)
    return Status(201, {name: getattr(kept, name) for name in answers.Paper.model_fields})


_FILE = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "The paper's bytes"}


@router.get(
    "/papers/{sha256}", response={200: None}, summary="The bytes of a paper",
    openapi_extra={"responses": {200: _FILE}},
)  # fmt: skip
def paper(
    request: HttpRequest,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    procedure: Annotated[str, Query(max_length=40, pattern=TEXT)] = "",
    subject: Number | None = None,
) -> Any:
    """One's own, or one that was handed in with a subject one may see: then name the procedure and the subject."""
    by = actor(request)
    found = papers.paper_of(sha256, by.party, by.person)
    if found is None and procedure and subject is not None:
        table = _named(procedure)
        found = history.paper_of(table, procedures.see(table, subject, by), sha256, by)
    if found is None:
        raise Unknown(f"paper {sha256}")
    response = HttpResponse(papers.content(sha256), content_type=found.media_type)
    response["Content-Disposition"] = f'attachment; filename="{sha256[:16]}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


# What a buyer's program needs for its trade.


@router.get("/negotiation/{id}/text", response={200: answers.Text}, summary="The text to sign")
def text_to_sign(request: HttpRequest, id: Annotated[Number, Path()]) -> Any:
    """Sign the canonical bytes of `text` (RFC 8785) with the registered own key; `digest` is their SHA-256.

    The provider is shown the text it would sign before it does; the consumer the one that the provider signed.
    """
    by = actor(request)
    procedures.see(NEGOTIATION, id, by)
    found = negotiation(id)
    if found.text is None and by.party != found.provider_id:
        raise Unknown(f"negotiation {id}/text")
    text = next_text(id)
    return {
        "negotiation": id, "state": found.state, "text": text, "digest": digest(text),
        "total_fen": found.terms["total_fen"], "sentences": sentences(found.terms),
        "provider_signature": found.provider_signature, "consumer_signature": found.consumer_signature,
    }  # fmt: skip


@router.get("/transfer/{id}/address", response={200: answers.Address}, summary="Where and what to call")
def address(request: HttpRequest, id: Annotated[Number, Path()]) -> Any:
    procedures.see(TRANSFER, id, actor(request))
    found = delivery.transfer(id)
    made, node = contracts.contract(found.contract_id), nodes.node(found.node_id)
    return {
        "transfer": id, "state": found.state, "contract": made.number, "permit": found.permit,
        "node": node.wire_name, "address": node.address, "node_public_key": node.public_key.hex(),
        "node_keys": nodes.keys.told(found.node_id), "mode": found.mode, "source": found.source, "source_version": found.source_version or None,
        "question": made.text["clauses"]["5-delivery"]["question"] or None,
        "purposes": agreed(made.text).terms["purposes"],
        "ends_at": made.ends_at,
    }  # fmt: skip


@router.get(
    "/transfer/{id}/permit", response={200: answers.SealedPermit}, summary="The permit, as it is sealed for the node"
)
def sealed_permit(request: HttpRequest, id: Annotated[Number, Path()]) -> Any:
    """With the exchange's key, so that anybody can check what the node was told. It holds the token's digest only."""
    procedures.see(TRANSFER, id, actor(request))
    sealed = delivery.transfer(id).sealed_permit
    if sealed is None:
        raise Unknown(f"transfer {id}/permit")
    return {
        "transfer": id, "permit": sealed, "exchange_public_key": signing_keys.signer("permits").public_bytes.hex(),
        "exchange_keys": signing_keys.keys_told("permits"),
    }  # fmt: skip


@router.get("/transfer/{id}/statements", response={200: answers.Statements}, summary="What the node reported")
def statements(request: HttpRequest, id: Annotated[Number, Path()], offset: int = OFFSET, limit: int = LIMIT) -> Any:
    """Sealed statements with the node's public key: check your receipts against them."""
    procedures.see(TRANSFER, id, actor(request))
    found = delivery.transfer(id)
    node = nodes.node(found.node_id)
    page = shapes.page(
        [
            {name: getattr(s, name) for name in answers.NodeStatement.model_fields}
            for s in delivery.statements(id, offset=offset, limit=limit)
        ],
        total=delivery.stated(id), offset=offset, limit=limit,
    )  # fmt: skip
    return {
        **page, "transfer": id, "contract": contracts.contract(found.contract_id).number, "node": node.wire_name,
        "node_public_key": node.public_key.hex(), "node_keys": nodes.keys.told(found.node_id), "calls": found.calls, "units": found.units,
        "statements": page["items"],
    }  # fmt: skip


# Finance.


@router.post("/deposit/import", response={201: answers.Import}, summary="Import a bank statement file")
def import_deposits(request: HttpRequest, file: UploadedFile = FILE) -> Any:
    """CSV with the columns 流水号,日期,付款人,付款账号,金额,附言. A line that was imported before is not taken again."""
    by = actor(request)
    if mandates.FINANCE.role not in by.roles:
        raise NotYours(
            Words("只有结算员可以导入银行对账单", "Only finance imports bank statements"), [mandates.FINANCE.words]
        )
    content = file.read(settings.PAPER_BYTES_MAX + 1)  # one more than papers takes: then it refuses
    found = deposits.import_bank_file(content, name=file.name or "statement.csv", by=by, at=timezone.now())
    return Status(201, {
        "paper": found.paper, "credited": found.credited, "unmatched": found.unmatched, "repeated": found.repeated,
        "faults": [{"row": fault.row, "words": fault.words} for fault in found.faults],
    })  # fmt: skip
