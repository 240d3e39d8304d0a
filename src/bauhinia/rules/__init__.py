"""One file a business, its commands and events beside the rule that uses them."""
