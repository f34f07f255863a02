"""Every call that a script can lead to, explored exhaustively."""
