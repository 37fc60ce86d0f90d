"""What tests lean on and no test is: a PostgreSQL server of their own, the browser, the mail server."""

import os

LONG = os.environ.get("RECTIFY_LONG") == "1"
"""Whether the long forms run (`python3 run.py test --long`)."""
