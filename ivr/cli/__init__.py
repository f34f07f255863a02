"""The commands, one module each. A command imports most of what it needs when it is run."""
