"""How dates, times and sizes are written; Django asks `<language>/formats.py` here first.

Django's English is American, which reads 5/11 as the eleventh of May, and its French counts
in "Kio". The sizes are translated in the catalogue of this app.
"""

from django.utils.translation import gettext_noop

SIZES = (gettext_noop("%s KB"), gettext_noop("%s MB"), gettext_noop("%s GB"), gettext_noop("%s TB"))
