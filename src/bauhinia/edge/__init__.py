"""The doors: HTTP API, console, command line, ISO 20022."""
