"""Experiments: a design, its sessions in a store, and what they come to."""
