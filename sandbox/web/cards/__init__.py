"""Cards of a facilitator of her own, as text and as a form."""
