"""The phone script as frozen, typed values, read from YAML and checked for broken references.

Only `load`, `yaml_source` and `po` read or write files. Nothing here knows Flask or the clock.
"""
