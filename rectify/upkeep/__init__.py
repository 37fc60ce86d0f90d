"""What keeps an installation alive: doctor, backup, restore, the demonstration city and the bench.

No pages and no rules live here.
"""
