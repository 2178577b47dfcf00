"""The lock over Wagtail: who sees which rows, who may do what, which views exist at all."""
