"""Workers with keys of their own: they read the market over its API, search, and come back with a signed proposal."""
