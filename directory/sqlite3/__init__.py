"""The database of a site without PostgreSQL: Django's SQLite, with writers in line."""
