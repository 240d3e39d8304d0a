"""What a period's interest is: one kind of coupon a file. None of them knows the whole of the terms."""
