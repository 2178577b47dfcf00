"""Following a directory: what was read is doubted, compared and written."""
