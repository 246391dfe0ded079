"""Reading what was said: words, figures, names, questions and what answers them."""
