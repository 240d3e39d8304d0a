"""The market as a running thing: journal, sequencers, keys, verification, recovery."""
