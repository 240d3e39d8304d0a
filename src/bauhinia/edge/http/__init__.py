"""The HTTP door: addresses and thin functions over the market and its views."""
