"""The web app: pages for players, facilitator, projector and observers, and the little it keeps of its own."""
