"""The shell: the graph and its nodes, prompts and turns, orders, opening and running sessions."""
