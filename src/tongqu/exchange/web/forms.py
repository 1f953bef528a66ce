"""The sign-in forms in the house's words. Apart from signin.py, which allauth reads while it makes its own forms."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, SignupForm

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web.signin import here

PASSWORD_HINT = Words(
    "至少 12 个字符。不用常见密码、纯数字、重复的片段，不含姓名或用户名。",
    "At least 12 characters. Not a common password, digits only, a repeated piece, or your name.",
)


class SignIn(LoginForm):  # type: ignore[misc]
    """Says plainly what the first field takes; the way to a forgotten password stands below the form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = here(Words("用户名或邮箱", "User name or e-mail"))
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


class SignUp(SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = here(Words("电子邮箱", "E-mail"))
        self.fields["password1"].help_text = here(PASSWORD_HINT)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = here(PASSWORD_HINT)


class Reauthenticate(ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
