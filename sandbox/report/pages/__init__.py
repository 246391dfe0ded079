"""Pages: what each document holds, composed of blocks."""
