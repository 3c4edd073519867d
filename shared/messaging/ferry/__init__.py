"""Facts carried on a USB stick between networks that must not touch: bundles, signatures, the way into streams."""
