"""Who asks, through which door, and what is remembered of it. The library that finds the passages is `retrieval`."""
