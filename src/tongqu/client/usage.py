"""What was typed is no command as it stands: said in both languages, with where to read how it goes."""

from __future__ import annotations

import typer
from typer.exceptions import Abort, TyperException


def run(app: typer.Typer, name: str) -> int:
    """Runs the command; its exit code."""
    try:
        code = app(prog_name=name, standalone_mode=False)
    except Abort:
        _say("已中止。", "Stopped.")
        return 1
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(str(error), err=True)
        else:
            _tell(error)
        return error.exit_code
    return code if isinstance(code, int) else 0


def _tell(error: TyperException) -> None:
    said = error.format_message()
    context = getattr(error, "ctx", None)
    asked = "" if context is None else f"{context.command_path} --help"
    _say(_in_chinese(error), said if said.endswith((".", ")")) else f"{said}.", asked)


def _say(zh: str, en: str, asked: str = "") -> None:
    from tongqu.client.terminal import advise, complain  # here, so that `--help` waits for no library

    complain(zh, en)
    if asked:
        advise(f"用法见 {asked}", f"see {asked}")


def _in_chinese(error: TyperException) -> str:
    """By the kind of error, which the library tells by its class alone."""
    param = getattr(error, "param", None)
    which = "" if param is None else f" {param.opts[-1] if param.param_type_name == 'option' else param.name}"
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少参数{which}。"
        case "BadParameter":
            return f"参数{which} 的值不合要求。"
        case "NoSuchOption":
            return f"没有选项 {getattr(error, 'option_name', '')}。"
        case "BadOptionUsage":
            return f"选项 {getattr(error, 'option_name', '')} 用法不对。"
        case _:
            return "没有这样的命令或写法。"
