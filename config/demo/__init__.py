"""The demo: what `make run` shows the first time."""
