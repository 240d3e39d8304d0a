"""The web console: pages made on the server for whoever looks, live without reloading, nothing from elsewhere."""
