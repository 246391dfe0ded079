"""The game, pure: rules, spec, state, steps, ledger, views, the plain loop and the fold of a log."""
