"""Taking files in over HTTP: each byte is written once, straight into the blob store's staging.

A script sends one file as the body of a PUT; a plain form sends several as multipart.
"""

from .body import stage_body
from .handler import StagedFile, staging_files

__all__ = ["StagedFile", "stage_body", "staging_files"]
