"""What a report could not do, said in `Accounting.problems` besides the audit's own words."""

NOT_AUDITED = "not audited"
"""Nobody asked for the audit: that it balances is not claimed."""

NO_REGISTER = "no register"
"""The ledger is not here: what people entered (actions, events, corrections) is missing."""

REMARKS = (NOT_AUDITED, NO_REGISTER)
