"""The kinds of node that a call graph is made of, one module each."""
