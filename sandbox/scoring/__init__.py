"""Scores: measures, assessments, the judge and how far it can be trusted, the audit, the null model."""
