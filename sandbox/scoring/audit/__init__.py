"""Audit of a simulation: is it sound, whatever its outcome?"""
