"""An experiment as tables with a codebook."""
