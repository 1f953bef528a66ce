"""For whom a signed-in person acts: the choice is kept in the session, the actor is made anew for every request.

A mandate that ended, was revoked or was changed counts from the next request on: only the organisation's number is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from tongqu.exchange.bedrock.procedures import Actor, NotYours, Shut, Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates
from tongqu.exchange.web.frame import Acting

CHOSEN = "acting-for"
CODE_TRIES = {"desk_second_factor": "5/5m/user"}
View = Callable[..., HttpResponse]


class WrongCode(Shut):
    """The code of the second factor does not fit, was used before, or there were too many tries. Nothing was done."""

    code = "second-factor-wrong"
    status = 403


def chosen_organisation(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.acting` for the frame; it is looked up when a page asks for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.acting = SimpleLazyObject(lambda: _shown(request))  # type: ignore[attr-defined]
        return answer(request)

    return middleware


def actor(request: HttpRequest) -> Actor:
    """Who acts in this request: the person for the chosen organisation, or the person alone. One statement at most."""
    known: Actor | None = getattr(request, "_actor", None)
    if known is None:
        known = _actor(request)
        request._actor = known  # type: ignore[attr-defined]
    return known


def _actor(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return Actor()
    person = int(request.user.pk or 0)
    chosen = request.session.get(CHOSEN)
    at = timezone.now()
    if chosen is None:
        only = mandates.acting(person, at)
        if len(only) != 1:
            return _alone(request)
        chosen = request.session[CHOSEN] = only[0].organisation
    try:
        return mandates.actor_for(person, chosen, at=at)
    except mandates.NoMandate:
        del request.session[CHOSEN]
        return _alone(request)


def _alone(request: HttpRequest) -> Actor:
    name = request.user.get_full_name() if request.user.is_authenticated else ""
    return Actor(person=request.user.pk, names={"person": name})


def _shown(request: HttpRequest) -> Acting | None:
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return None
    by = actor(request)
    if by.party is None:
        return None
    return Acting(by.party, by.names.get("party", ""), by.roles, _in_short(by.roles))


def _in_short(roles: frozenset[str]) -> Words:
    """As the top bar has room for: the role, or how many there are."""
    others = roles - {"administrator"}
    if len(others) < 2:
        return role_words(others or roles)
    return Words(f"{len(others)} 个角色", f"{len(others)} roles")


def role_words(roles: frozenset[str] | tuple[str, ...]) -> Words:
    """The roles in the order of the exchange, in words."""
    named = [words for role, words in mandates.ROLE_WORDS.items() if role in roles]
    if not named:
        return Words("尚无角色", "no role yet")
    return Words("、".join(w.zh for w in named), ", ".join(w.en for w in named))


def signed_in(view: View) -> View:
    """Leads to the sign-in page, and back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def for_party(view: View) -> View:
    """For pages that make sense for an organisation only: leads to the choice when there is none."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if actor(request).party is None:
            return redirect("desk-acting")
        return view(request, *args, **kwargs)

    return signed_in(guarded)


def hides_unknown(view: View) -> View:
    """What is not the reader's to see and what does not exist are the same 404."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Unknown as unknown:
            raise Http404 from unknown

    return guarded


def for_roles(*roles: str) -> Callable[[View], View]:
    """For desks of an office: to others the page does not exist."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not actor(request).roles & set(roles):
                raise Http404
            return view(request, *args, **kwargs)

        return for_party(guarded)

    return guard


@signed_in
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The organisations that the person may act for; choosing one is kept in the session."""
    open_to = mandates.acting(int(request.user.pk or 0), timezone.now())
    if request.method == "POST":
        wanted = request.POST.get("organisation", "")
        found = next((one for one in open_to if str(one.organisation) == wanted), None)
        if found is None:
            raise Http404
        request.session[CHOSEN] = found.organisation
        words = Words(f"现在代表{found.short_name}办理", f"You now act for {found.short_name}")
        messages.success(request, words.of(get_language()))
        return redirect(_back(request))
    rows = [(one, role_words(one.roles), _standing(one.organisation_state)) for one in open_to]
    return render(request, "web/desks/acting.html", {"rows": rows, "next": request.GET.get("next", "")})


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe else "/desk"


def _standing(state: str) -> Words:
    from tongqu.exchange.members.parties import ADMISSION

    return ADMISSION.label(state)


def has_second_factor(request: HttpRequest) -> bool:
    return _authenticator(request) is not None


def _authenticator(request: HttpRequest) -> Any:
    return Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).first()


def with_second_factor(request: HttpRequest, by: Actor, code: str) -> Actor:
    """The actor for this one request with its second factor shown. Raises WrongCode; five tries in five minutes."""
    found = _authenticator(request)
    if found is None:
        raise WrongCode(
            Words("您的账号还没有启用两步验证", "Your account has no second factor yet"),
            Words("在“两步验证”页面启用后再签。", "Set it up under two-factor authentication, then sign."),
        )
    usage = ratelimit.consume(request, app="tongqu", action="desk_second_factor", config=CODE_TRIES, user=request.user)
    if not usage:
        raise WrongCode(
            Words("验证码输错次数过多", "Too many tries"), Words("请过五分钟再试。", "Try again in five minutes.")
        )
    if not TOTP(found).validate_code(code.strip().replace(" ", "")):
        raise WrongCode(
            Words("动态验证码不对，或已经用过", "The code does not fit, or was used already"),
            Words("请等待应用显示下一个验证码。", "Wait for the next code in your authenticator."),
        )
    usage.rollback()
    return replace(by, second_factor=True)


def needs_organisation() -> NotYours:
    return NotYours(Words("须代表一个单位办理", "You must act for an organisation"), [])
