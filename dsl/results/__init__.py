"""What a run returns: labelled groups of draws, their summary, advice on them, and their files."""
