"""Audit of sessions: is the simulation sound, whatever its outcome?"""
