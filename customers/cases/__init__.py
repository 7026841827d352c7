"""Conflicts about whose customer somebody is, from opening to a decision that names its reasons."""
