"""The session: state, steps, graph and runner."""
