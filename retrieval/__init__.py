"""Files in, ranked and cited paragraphs out. Knows no Discord, no settings and no reader."""
