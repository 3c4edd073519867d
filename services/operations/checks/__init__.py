"""失联核查: the centre notices that a site has been silent for too long; a person finds out why and closes the task."""
