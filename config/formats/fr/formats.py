"""French: 12 mars 2026 à 17:05."""

DATETIME_FORMAT = "j F Y à H:i"
