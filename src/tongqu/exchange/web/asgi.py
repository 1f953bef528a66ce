"""What granian serves: the front, and Django behind it."""

from tongqu.exchange.web.front import Front
from tongqu.exchange.web.wsgi import application as django

application = Front(django)
