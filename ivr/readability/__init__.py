"""How easily a text is read: formulas for English and Spanish, and syllables counted by rule."""
