"""How each real server is started for tests and for developers.

One module per server; `base` holds what they share. `python -m tests.servers` installs
what no package offers, runs the suite with the servers up, or serves a developer.
"""
