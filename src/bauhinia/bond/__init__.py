"""What a bond promises: terms, day counts, calendars, schedules, cash flows, price."""
