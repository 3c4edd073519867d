"""Code that every service may use; it never knows a service."""
