"""Rendering what is missing of the pictures that are kept, in the background."""

from __future__ import annotations

import logging

from django.db.models import Count, Q
from wagtail.images.models import SourceImageIOError

from directory import trouble
from intranet.lock.viewing import sees_everything
from intranet.models import SiteImage

from .looking import PictureRefused, Resting
from .preparing import SPECS

log = logging.getLogger(__name__)


AT_MOST = 3  # some seconds of a processor each: who stops the worker waits for no more


@sees_everything
def complete(refused: set[str]) -> int:
    """Render what is missing of up to `AT_MOST` pictures; return how many were tried.

    The files named in `refused` are passed by; those that cannot be rendered are added to it.
    Where no child can be had, or no room, the rest is left for the next time.
    """
    shown = Count("renditions", filter=Q(renditions__filter_spec__in=SPECS))
    missing = SiteImage.objects.alias(shown=shown).filter(shown__lt=len(SPECS)).order_by("-pk")
    tried = 0
    for image in missing.exclude(file__in=refused)[:AT_MOST]:
        try:
            image.make_renditions()
        except Resting:
            break  # nothing can be rendered now, whatever the picture; the log has the reason
        except (PictureRefused, SourceImageIOError) as error:
            log.warning("The picture %s is shown nowhere: %s", image.file.name, error)
            refused.add(str(image.file.name))
            tried += 1
        except (OSError, trouble.NoRoom) as error:
            why = "there is no room left" if trouble.is_full(error) else "nothing can be written"
            log.error("a picture was not rendered: %s in the media folder (%s)", why, error)
            break
        else:
            tried += 1
    return tried
