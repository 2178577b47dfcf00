#!/usr/bin/env python3
"""Django's command line for Marigot."""

import os
import sys


def main() -> None:
    """Run the command named on the command line; a setting that is wrong is told in a line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config.settings.environment import ImproperSetting

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ImproperSetting) as error:
        sys.exit(f"marigot: {error}")


if __name__ == "__main__":
    main()
