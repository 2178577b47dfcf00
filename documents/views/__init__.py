"""The pages and doors of the documents."""
