"""An RTGS in a process of its own, to settle against: members' accounts, opening hours, a queue, and ISO 20022 over
HTTP. It is a second system, with a book and a clock of its own, and it can be told to fail at every step."""
