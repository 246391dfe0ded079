"""How a reform spreads: campaigns of several communities, and countries of districts."""
