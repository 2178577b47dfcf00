"""The writes of the intranet. Each is atomic and leaves its entry in the journal."""
