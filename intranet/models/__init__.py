"""The models of the intranet, one file per concept."""

from .base_page import BasePage

__all__ = ["BasePage"]
