"""Documents: blocks, and their renderings as HTML, Markdown and Word."""
