"""The facilitator's desk: setting a table up, and leading it."""
