"""Running numbers within a class: one statement, so two entries at once can never get the same one."""

from __future__ import annotations

from django.db import connection

from tongqu.exchange.bedrock.procedures import Shut
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.resource_code import NUMBER_MAX, ResourceCode

_NEXT = """
insert into registry_classnumber (class_code, last) values (%s, 1)
on conflict (class_code) do update set last = registry_classnumber.last + 1 where registry_classnumber.last < %s
returning last
"""


class ClassFull(Shut):
    """Every number of the class is given. Choose a finer class (细目)."""

    code = "class-full"

    def __init__(self, class_code: str) -> None:
        super().__init__(
            Words(f"分类 {class_code} 的顺序码已用完", f"Class {class_code} has no numbers left"),
            Words("请选用更细的分类。", "Choose a finer class."),
        )


def next_code(class_code: str) -> ResourceCode:
    """The next free code of the class; it waits for another entry that is taking one. Raises ClassFull."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [class_code, NUMBER_MAX])
        row = cursor.fetchone()
    if row is None:
        raise ClassFull(class_code)
    return ResourceCode(class_code, int(row[0]))
