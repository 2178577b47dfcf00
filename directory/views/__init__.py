"""The pages of the directory: sign-in, and the administration of access."""
