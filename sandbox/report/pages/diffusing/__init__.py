"""The report of a reform that spread through a country, part by part."""
