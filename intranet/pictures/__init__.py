"""Pictures are files of strangers: only a confined child process looks into them.

`looking.look_at` tells what a picture is, a `canvas.Canvas` renders one by Wagtail's own filters,
`preparing.prepared` does both for what a request brings before its transaction begins,
`completing.complete` for what is missing, in the worker. See
docs/decisions/0011-pictures-are-rendered-by-a-child.md. Nothing is imported here: `job` is
loaded where there is no Django.
"""
