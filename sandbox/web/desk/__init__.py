"""The facilitator's desk: to set up and lead a table."""
