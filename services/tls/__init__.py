"""HTTPS without an outside authority: the site's own root, its certificate, and the page that hands the root out."""
