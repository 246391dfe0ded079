"""The tables of a server: kept, played, timed, watched and forgotten."""
