"""Cards, posters and magnets with the line's number and keys, made from the script."""
