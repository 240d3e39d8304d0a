"""How nominal is repaid: one way a file. None of them knows the whole of the terms."""
