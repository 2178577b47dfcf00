"""The writes of the directory. Each is atomic and leaves its entry in the journal."""
