"""The migrated database, made once for all runs on a server and copied from then on: a copy takes half a second, the
migrations ten. Its name is the digest of what is migrated, so a changed migration makes another.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

_PREFIX = "tongqu_pristine_"
_LOCK = 0x7072697374


def pristine() -> str:
    """The name of a database with every migration in it and nobody at work; made when it is not there yet."""
    name = _PREFIX + _digest()
    with server() as at:
        at.execute("select pg_advisory_lock(%s)", [_LOCK])  # several runs, and the workers of one, meet here
        known = {row[0] for row in at.execute("select datname from pg_database where datname like %s", [_PREFIX + "%"])}
        if name not in known:
            for old in known:
                with contextlib.suppress(psycopg.errors.ObjectInUse):
                    at.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(old)))
            _make(at, name)
    return name


def copied(name: str) -> None:
    """A new database of this name with every migration in it."""
    with server() as at:
        at.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(pristine())))


def _make(at: psycopg.Connection[tuple[str]], name: str) -> None:
    """Under another name until it is whole: a run that is killed here leaves nothing that looks finished."""
    half = f"{_PREFIX}half_{os.getpid()}"
    at.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(half)))
    at.execute(sql.SQL("create database {}").format(sql.Identifier(half)))
    with elsewhere(half):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    at.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(half), sql.Identifier(name)))


def _digest() -> str:
    found = hashlib.sha256()
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        module = __import__(type(migration).__module__, fromlist=["__file__"])
        with open(str(module.__file__), "rb") as file:
            found.update(f"{app}.{name}:".encode() + hashlib.sha256(file.read()).digest())
    return found.hexdigest()[:16]


@contextlib.contextmanager
def elsewhere(name: str) -> Iterator[None]:
    """Lets this process work on another database of the test server, every thread of it."""
    known = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = known


@contextlib.contextmanager
def server() -> Iterator[psycopg.Connection[tuple[str]]]:
    """The server's own database, outside every transaction: databases are made and dropped from there."""
    told = connection.settings_dict
    with psycopg.connect(
        dbname="postgres",
        host=told["HOST"],
        port=told["PORT"],
        user=told["USER"],
        password=told["PASSWORD"],
        autocommit=True,
    ) as at:
        yield at
