"""Serving HTTP so that no client holds what others need: a thread, a database connection.

Views run in few threads that stay (`lanes`), each with its database connection. A client is
waited for by the event loop alone: its body comes in (`incoming`) after the right to send it
is known (`admission`) and before the view that takes it, its answer goes out (`outgoing`)
after the view has given everything back. Each has a least rate, and a share per person
(`shares`).
"""
