"""Which tests one worker runs, all of them: those of a file in which something costly is made once for the file.

xdist's own mark for this, `xdist_group`, is without effect under pytest 9.2, which keeps the name it changes elsewhere.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

FILES = ("tests/browser/", "tests/test_packaging.py", "tests/upkeep/test_demo.py", "tests/web/test_matrix.py")


class Together(LoadScopeScheduling):
    """Hands out the tests of each of FILES together, these first; then all others one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::")[0] if nodeid.startswith(FILES) else nodeid
