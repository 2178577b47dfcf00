"""The models of the intranet, one file per concept."""

from .base_page import BasePage
from .content import Audience, ContentPage, EventPage, NotePage, PlainPage
from .home import HomePage
from .image import Rendition, SiteImage
from .section import SectionPage

__all__ = [
    "Audience",
    "BasePage",
    "ContentPage",
    "EventPage",
    "HomePage",
    "NotePage",
    "PlainPage",
    "Rendition",
    "SectionPage",
    "SiteImage",
]
