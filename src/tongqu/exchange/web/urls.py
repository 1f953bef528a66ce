"""Every address of the exchange."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tongqu.exchange.web import errors, health, language, wire
from tongqu.exchange.web.api import api
from tongqu.exchange.web.ckan import door as ckan

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/<str:code>", language.choose, name="language"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("account/", include("allauth.account.urls")),
    # Before our own: CKAN's clients look for exactly this address.
    path("api/3/action/<slug:name>", ckan.act, name="ckan-action"),
    path("api/action/<slug:name>", ckan.act),
    path("api/", api.urls),
    path("wire/register", wire.register, name="wire-register"),
    path("wire/sync", wire.sync, name="wire-sync"),
    path("", include("tongqu.exchange.web.desks.urls")),
    path("", include("tongqu.exchange.web.portal.urls")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}web/mark.svg", permanent=True)),
]
if settings.DEBUG:
    from tongqu.exchange.web import styleguide

    urlpatterns += [path("styleguide", styleguide.styleguide, name="styleguide")]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
handler429 = errors.too_many
