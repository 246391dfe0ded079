"""The ledger: what was proposed, promised, handed on and decided, entry by entry."""
