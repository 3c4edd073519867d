"""The rules of dispatch, without a framework."""
