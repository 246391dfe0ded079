"""The parts of a debrief: what a reader may see, what was found, and each section in words."""
