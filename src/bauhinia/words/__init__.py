"""Ids, money, dates, reasons, ISO codes and canonical bytes: what things are called."""
