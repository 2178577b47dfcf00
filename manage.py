#!/usr/bin/env python3
"""Django's command line for Marigot."""

import os
import sys


def main() -> None:
    """Run the command named on the command line; a wrong setting or a full disk has a line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config.settings.environment import ImproperSetting
    from directory import trouble

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ImproperSetting) as error:
        sys.exit(f"marigot: {error}")
    except Exception as error:
        if trouble.is_full(error):
            cure = "make some where MARIGOT_DATA (and PostgreSQL) lie, and run the command again."
            sys.exit(f"marigot: there is no room left to write ({error}): {cure}")
        raise


if __name__ == "__main__":
    main()
