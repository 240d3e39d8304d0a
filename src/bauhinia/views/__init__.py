"""Projections of the event stream, scoped by who asks: queries, statements, exports."""
