"""Readability: formulas for English and Spanish, and syllables counted by rule."""
