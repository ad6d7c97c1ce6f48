"""The slash commands, one file for each kind of person and purpose."""
