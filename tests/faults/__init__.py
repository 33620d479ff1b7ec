"""Fault tests: see README.md."""
