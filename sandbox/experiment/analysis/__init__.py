"""Analyses of an experiment's sessions: effects, variance, differences between H and P, sensitivity to rules.

Needs the ``lab`` extra: import it late.
"""

from importlib.util import find_spec

from sandbox.content.words import refusal

if not all(map(find_spec, ("numpy", "scipy", "pandas", "krippendorff", "SALib"))):
    raise refusal("experiment.refused.no_lab", command="pip install 'governance-sandbox[lab]'")
