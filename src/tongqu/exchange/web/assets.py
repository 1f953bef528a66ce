"""Static files: named by their content and compressed once collected, served as they lie until then."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Before `collectstatic` has run (tests, development) an address is the plain name instead of an error."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
