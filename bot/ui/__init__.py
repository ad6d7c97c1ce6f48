"""What discord.py sends and receives: cards as views, buttons as calls of the service."""
