"""The entry that Flask and any WSGI server look for; it wires nothing and decides nothing."""

from rectify.factory import create_app

__all__ = ["create_app"]
