"""The call graph as a drawing: what leads to what, on which key, and how silence ends."""
