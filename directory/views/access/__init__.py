"""The administration of access, for IT admins alone; to everybody else it does not exist."""
