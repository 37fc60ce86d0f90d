"""Pages, one package for each audience; `parts` holds what all of them share. A page finds the object, checks whose it
is, calls one act, commits, redirects."""
