"""The services; `composition` is the only module that knows all of them."""
