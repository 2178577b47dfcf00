"""The views of the intranet, and what they put into the pages."""
