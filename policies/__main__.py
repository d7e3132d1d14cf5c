"""The tables of the language, for docs/policies.md: `python -m policies`."""

from policies.documenting import actions_table, fields_table, kinds_table

print(fields_table(), actions_table(), kinds_table(), sep="\n", end="")
