"""The facilitator's own cards, edited as text or in a form."""
