"""Warnings as Chinese weather services publish them in JSON: one adapter a source, one way into an alert."""
