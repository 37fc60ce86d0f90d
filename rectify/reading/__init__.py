"""A file becomes a PlanDraft: what is in the plan or ledger, what must be asked, what was not understood.
The database, the units it knows and the person who answers are elsewhere."""
