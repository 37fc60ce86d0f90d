"""What the build does beyond gathering the package: compiles catalogues, brings templates and migrations in.

Nothing else belongs here; what the project is and needs stands in pyproject.toml.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INTO_THE_PACKAGE = ("templates", "migrations")


def compile_catalogues(root: Path) -> list[Path]:
    """Writes the .mo beside each .po under rectify/translations; returns what it wrote."""
    written = []
    for source in sorted((root / "rectify" / "translations").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        target = source.with_suffix(".mo")
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface[Any]):
    """Hatchling calls this for the wheel, for the source distribution and for an editable install alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_catalogues(Path(self.root))
        if self.target_name == "wheel" and version == "standard":
            # Not into an editable install, whose copies would grow old beside the checkout's own.
            build_data["force_include"].update({name: f"rectify/{name}" for name in INTO_THE_PACKAGE})
