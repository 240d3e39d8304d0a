"""Who holds what: parties, accounts, assets, positions, the one mover of value, the registers."""
