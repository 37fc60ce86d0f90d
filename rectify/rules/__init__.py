"""The rules of rectification: plain functions of plain values, standard library only.

Nothing here knows the database, the clock or a request; every function is handed the day it is asked about.
"""
