"""What the sessions of an experiment come to: effects, variance, where H and P pull apart, which rule moves what.

Needs the ``lab`` extra: import it late.
"""

from importlib.util import find_spec

from sandbox.errors import InputError

if not all(map(find_spec, ("numpy", "scipy", "pandas", "statsmodels", "krippendorff", "SALib"))):
    raise InputError(
        "analysing an experiment needs the lab extra; install it with: pip install 'governance-sandbox[lab]'"
    )
